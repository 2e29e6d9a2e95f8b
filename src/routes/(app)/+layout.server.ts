import { redirect } from '@sveltejs/kit';
import { can, type Permission } from '$lib/server/auth/permissions.ts';
import type { LayoutServerLoad } from './$types';

/** Who is signed in, what they may open, and what the frame tells about the whole product. */
export const load: LayoutServerLoad = async ({ locals }) => {
	const { user, api } = locals;
	if (!user) redirect(303, '/sign-in');
	const may = (permission: Permission) => can({ kind: 'user', ...user }, permission);
	const [status, tasks, remaining, emergency] = await Promise.all([
		api.settings.status(),
		api.tasks.count(),
		api.sessions.state(),
		user.emergency === null ? null : api.emergency.state()
	]);
	return {
		user: { name: user.name, email: user.email },
		status,
		/** How long the session goes on. */
		remaining,
		/** The emergency access that is open, if any. */
		emergency,
		/** How many wait for whoever is signed in. */
		tasks,
		may: {
			journeys: may('journeys.read'),
			tasks: may('tasks.read'),
			people: may('contacts.read'),
			messages: may('templates.edit'),
			mail: may('mail.read'),
			notes: may('contacts.show'),
			operations: may('operations.read'),
			audit: may('audit.read'),
			team: may('members.read'),
			settings: may('settings.manage') || may('keys.manage'),
			emergency: may('emergency.begin')
		}
	};
};
