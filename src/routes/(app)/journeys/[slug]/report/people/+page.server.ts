import { filtersFrom, queryOf } from '../filters.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { api }, params: { slug }, url: { searchParams } }) => {
	const filters = filtersFrom(searchParams);
	const step = searchParams.get('step');
	const cursor = searchParams.get('cursor');
	const measure = searchParams.get('measure') ?? 'entered';
	return {
		filters,
		step,
		measure,
		isFirst: cursor === null,
		list: await api.reports.people({
			slug,
			...queryOf(filters),
			measure,
			...(step === null ? {} : { step }),
			...(cursor === null ? {} : { cursor })
		})
	};
};
