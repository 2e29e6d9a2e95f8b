import { getApp } from '$lib/server/app.ts';
import { hasUsers } from '$lib/server/auth/owner.ts';
import { sessionCookieFlags, sessionCookieName } from '$lib/server/auth/session-cookie.ts';
import { endSession } from '$lib/server/auth/session.ts';
import { signIn } from '$lib/server/auth/sign-in.ts';
import { listOffers } from '$lib/server/auth/sso/connections.ts';
import { HeldToSso } from '$lib/server/auth/sso/held.ts';
import { refusalSentence } from '$lib/server/auth/sso/refusal.ts';
import { RateLimited } from '$lib/server/http/rate-limited.ts';
import { safeReturnTo } from '$lib/server/http/return-to.ts';
import { fail, redirect } from '@sveltejs/kit';
import { z } from 'zod';
import type { Actions, PageServerLoad } from './$types';

const formSchema = z.object({ email: z.string().trim().max(320), password: z.string().max(256) });

/** Why somebody who was signed in comes back here. */
const overSchema = z.enum(['idle', 'long']).nullable().catch(null);

export const load: PageServerLoad = async ({ locals, url }) => {
	if (locals.user) redirect(303, safeReturnTo(url.searchParams.get('returnTo')));
	if (!(await hasUsers(getApp().pool))) redirect(303, '/setup');
	return {
		over: overSchema.parse(url.searchParams.get('over')),
		sso: await listOffers(getApp().pool),
		refused: refusalSentence(url.searchParams.get('sso')),
		returnTo: safeReturnTo(url.searchParams.get('returnTo'))
	};
};

export const actions: Actions = {
	async default({ request, cookies, url, locals, setHeaders }) {
		const app = getApp();
		const form = formSchema.safeParse(Object.fromEntries(await request.formData()));
		const email = form.data?.email ?? '';
		const token = form.success
			? await signIn(app, email, form.data.password, {
					...locals.call,
					agent: request.headers.get('user-agent')
				}).catch(refused)
			: null;
		if (token instanceof RateLimited) {
			setHeaders({ 'retry-after': String(token.retryAfter) });
			return fail(429, { email, message: token.message });
		}
		if (token instanceof HeldToSso) return fail(403, { email, message: token.message });
		if (token === null)
			return fail(400, { email, message: 'This email and password do not belong together.' });
		const name = sessionCookieName(app.publicUrl);
		// A new session for every sign-in: a cookie planted before it opens nothing.
		if (locals.session) await endSession(app.pool, locals.session.id);
		cookies.set(name, token, sessionCookieFlags(app.publicUrl));
		redirect(303, safeReturnTo(url.searchParams.get('returnTo')));
	}
};

function refused(error: unknown): RateLimited | HeldToSso {
	if (error instanceof RateLimited || error instanceof HeldToSso) return error;
	throw error;
}
