import { redirect } from '@sveltejs/kit';
import { can, type Permission } from '$lib/server/auth/permissions.ts';
import type { LayoutServerLoad } from './$types';

/** Who is signed in, what they may open, and what the frame tells about the whole product. */
export const load: LayoutServerLoad = async ({ locals }) => {
	const { user, api } = locals;
	if (!user) redirect(303, '/sign-in');
	const may = (permission: Permission) => can({ kind: 'user', ...user }, permission);
	return {
		user: { name: user.name, email: user.email },
		status: await api.settings.status(),
		may: {
			journeys: may('journeys.read'),
			people: may('contacts.read'),
			messages: may('templates.edit'),
			mail: may('mail.read'),
			notes: may('contacts.show'),
			audit: may('audit.read'),
			settings: may('settings.manage') || may('keys.manage')
		}
	};
};
