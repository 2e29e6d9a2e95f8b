import { getApp } from '$lib/server/app.ts';
import { can, roles } from '$lib/server/auth/permissions.ts';
import { roleWords } from '$lib/server/auth/role-words.ts';
import { loadSender } from '$lib/server/mail/sender.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { user, api } }) => {
	const app = getApp();
	return {
		team: await api.members.list(),
		me: user?.id ?? 0,
		mayManage: user !== null && can({ kind: 'user', ...user }, 'members.manage'),
		roles: roles.map((role) => ({ role, ...roleWords[role] })),
		now: app.clock.now(),
		zone: (await loadSender(app.pool)).timezone
	};
};
