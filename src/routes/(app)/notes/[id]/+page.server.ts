import { error } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => {
	if (!/^\d{1,15}$/.test(params.id)) error(404, 'There is no such note.');
	return { note: await locals.api.notes.get({ id: Number(params.id) }) };
};
