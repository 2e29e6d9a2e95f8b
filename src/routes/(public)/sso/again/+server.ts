import { getApp } from '$lib/server/app.ts';
import { findOwnConnection } from '$lib/server/auth/sso/connections.ts';
import { safeReturnTo } from '$lib/server/http/return-to.ts';
import { redirect } from '@sveltejs/kit';
import type { RequestHandler } from './$types';

/** To the provider through which somebody comes in, which asks them anew; to the sign-in page where there is none. */
export const GET: RequestHandler = async ({ locals: { session }, url }) => {
	const returnTo = safeReturnTo(url.searchParams.get('returnTo'));
	const connection = session && (await findOwnConnection(getApp().pool, session.user.id));
	const place = connection ? `/sso/${connection.kind}/${connection.id}/start` : '/sign-in';
	redirect(303, `${place}?${new URLSearchParams({ returnTo, again: '1' })}`);
};
