import { getApp } from '$lib/server/app.ts';
import { readFilterParams } from './filter-params.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { api }, url: { searchParams } }) => {
	const filter = readFilterParams(searchParams);
	const cursor = searchParams.get('before');
	const [page, actors, actions, state] = await Promise.all([
		api.audit.list({ ...filter, cursor }),
		api.audit.actors(),
		api.audit.actions(),
		api.audit.state()
	]);
	return { filter, page, actors, actions, state, isFirst: cursor === null, now: getApp().clock.now() };
};
