import { getApp } from '$lib/server/app.ts';
import { sessionCookieFlags, sessionCookieName } from '$lib/server/auth/session-cookie.ts';
import { endSession, findSession } from '$lib/server/auth/session.ts';
import { redirect } from '@sveltejs/kit';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = async ({ cookies }) => {
	const app = getApp();
	const name = sessionCookieName(app.publicUrl);
	const session = await findSession(app.pool, cookies.get(name) ?? '', app.clock.now());
	if (session) await endSession(app.pool, session.id);
	cookies.delete(name, sessionCookieFlags(app.publicUrl));
	redirect(303, '/sign-in');
};
