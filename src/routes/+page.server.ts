import { redirect } from '@sveltejs/kit';
import { can, type Permission } from '$lib/server/auth/permissions.ts';
import type { PageServerLoad } from './$types';

const homes: readonly [Permission, string][] = [
	['journeys.read', '/journeys'],
	['operations.read', '/operations']
];

/** To the first place that somebody may open. */
export const load: PageServerLoad = ({ locals: { user } }) => {
	const home = user && homes.find(([permission]) => can({ kind: 'user', ...user }, permission));
	redirect(307, home?.[1] ?? '/tasks');
};
