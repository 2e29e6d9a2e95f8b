import { filtersFrom, queryOf } from './filters.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { api }, params: { slug }, url }) => {
	const filters = filtersFrom(url.searchParams);
	return {
		fullWindow: true,
		filters,
		report: await api.reports.report({ slug, ...queryOf(filters) })
	};
};
