import { getApp } from '$lib/server/app.ts';
import { can, type Permission } from '$lib/server/auth/permissions.ts';
import { error } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

/** Settings need three permissions; whoever has one of them sees that part. */
export const load: PageServerLoad = async ({ locals: { user, api } }) => {
	const may = (permission: Permission) => user !== null && can({ kind: 'user', ...user }, permission);
	const [settings, access, keys] = await Promise.all([
		may('settings.manage') ? api.settings.get() : null,
		may('access.manage') ? api.access.get() : null,
		may('keys.manage') ? api.keys.list() : null
	]);
	if (!settings && !keys) error(403, 'Settings are for owners, operators and integrators.');
	const app = getApp();
	return {
		settings,
		access,
		mayConnect: may('members.manage'),
		keys,
		publicUrl: app.publicUrl,
		now: app.clock.now(),
		timezones: Intl.supportedValuesOf('timeZone')
	};
};
