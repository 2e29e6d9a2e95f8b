import { getApp } from '$lib/server/app.ts';
import { getWorkspace } from '$lib/server/api/settings/workspace.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { api } }) => ({
	account: await api.account.get(),
	sessions: await api.sessions.list(),
	zone: (await getWorkspace(getApp().pool)).timezone,
	now: getApp().clock.now()
});
