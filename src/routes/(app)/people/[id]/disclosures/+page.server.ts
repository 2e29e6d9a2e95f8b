import type { PageServerLoad } from './$types';
import { periodOf } from './period.ts';

export const load: PageServerLoad = async ({ locals: { api }, params, url }) => ({
	id: Number(params.id),
	report: await api.contacts.rights.disclosures({ id: Number(params.id), ...periodOf(url.searchParams) })
});
