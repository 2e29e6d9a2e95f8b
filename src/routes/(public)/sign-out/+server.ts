import { getApp } from '$lib/server/app.ts';
import { sessionCookieFlags, sessionCookieName } from '$lib/server/auth/session-cookie.ts';
import { signOut } from '$lib/server/auth/sign-in.ts';
import { redirect } from '@sveltejs/kit';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = async ({ cookies, locals }) => {
	const app = getApp();
	const name = sessionCookieName(app.publicUrl);
	if (locals.session) await signOut(app, locals.session, locals.call);
	cookies.delete(name, sessionCookieFlags(app.publicUrl));
	redirect(303, '/sign-in');
};
