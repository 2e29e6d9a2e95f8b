import { error } from '@sveltejs/kit';
import { can } from '$lib/server/auth/permissions.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { user } }) => {
	if (!user || !can({ kind: 'user', ...user }, 'emergency.begin'))
		error(
			403,
			'Emergency access is for managers and operators; your role has its own way to see people, or none.'
		);
};
