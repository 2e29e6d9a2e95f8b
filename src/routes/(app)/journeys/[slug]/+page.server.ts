import { error } from '@sveltejs/kit';
import { ApiError } from '$lib/server/api/errors.ts';
import { can } from '$lib/server/auth/permissions.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => {
	const [journey, surroundings] = await Promise.all([
		locals.api.journeys.get({ slug: params.slug }).catch(asPage),
		locals.api.journeys.workspace()
	]);
	const user = locals.user;
	return {
		journey,
		surroundings,
		mayEdit: user !== null && can({ kind: 'user', ...user }, 'journeys.edit'),
		mayPublish: user !== null && can({ kind: 'user', ...user }, 'journeys.publish'),
		fullWindow: true
	};
};

function asPage(cause: unknown): never {
	const known = cause instanceof Error && cause.cause instanceof ApiError ? cause.cause : null;
	if (known?.problem.code === 'not-found') error(404, 'There is no journey of this name.');
	throw cause;
}
