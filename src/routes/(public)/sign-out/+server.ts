import { getApp } from '$lib/server/app.ts';
import { sessionCookieFlags, sessionCookieName } from '$lib/server/auth/session-cookie.ts';
import { signOut } from '$lib/server/auth/sign-in.ts';
import { safeReturnTo } from '$lib/server/http/return-to.ts';
import { redirect } from '@sveltejs/kit';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = async ({ cookies, locals, url }) => {
	const app = getApp();
	const name = sessionCookieName(app.publicUrl);
	if (locals.session) await signOut(app, locals.session, locals.call);
	cookies.delete(name, sessionCookieFlags(app.publicUrl));
	const back = url.searchParams.get('returnTo');
	redirect(303, back ? `/sign-in?returnTo=${encodeURIComponent(safeReturnTo(back))}` : '/sign-in');
};
