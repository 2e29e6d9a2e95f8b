import { getApp } from '$lib/server/app.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { api }, url }) => {
	const isMine = url.searchParams.get('show') === 'mine';
	return { isMine, list: await api.tasks.list({ mine: isMine }), now: getApp().clock.now() };
};
