import { safeReturnTo } from '$lib/server/http/return-to.ts';
import { redirect } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

/** For who must set up a second factor before anything opens, and nobody else. */
export const load: PageServerLoad = ({ locals, url }) => {
	const returnTo = safeReturnTo(url.searchParams.get('returnTo'));
	if (!locals.session) redirect(303, `/sign-in?returnTo=${encodeURIComponent(returnTo)}`);
	// On to where somebody else belongs: the guard knows.
	if (locals.session.stage !== 'enrol') redirect(303, returnTo);
	return { name: locals.session.user.name, returnTo };
};
