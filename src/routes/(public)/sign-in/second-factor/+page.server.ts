import { getApp } from '$lib/server/app.ts';
import { findFactors } from '$lib/server/auth/factors.ts';
import { prove, waysOf } from '$lib/server/auth/prove.ts';
import { sessionCookieFlags, sessionCookieName } from '$lib/server/auth/session-cookie.ts';
import type { Session } from '$lib/server/auth/session.ts';
import { RateLimited } from '$lib/server/http/rate-limited.ts';
import { safeReturnTo } from '$lib/server/http/return-to.ts';
import { fail, redirect } from '@sveltejs/kit';
import { z } from 'zod';
import type { Actions, PageServerLoad } from './$types';

const formSchema = z.object({ kind: z.enum(['totp', 'recovery']), code: z.string().max(60) });

export const load: PageServerLoad = async ({ locals, url }) => {
	const session = waiting(locals.session, url);
	const { totp, passkey, recovery, signIn } = waysOf(
		await findFactors(getApp().pool, session.user.id),
		session
	);
	return { name: session.user.name, ways: { totp, passkey, recovery, signIn } };
};

export const actions: Actions = {
	async default({ request, cookies, url, locals, setHeaders }) {
		const app = getApp();
		const session = waiting(locals.session, url);
		const form = formSchema.safeParse(Object.fromEntries(await request.formData()));
		const kind = form.data?.kind ?? 'totp';
		const token = form.success
			? await prove(app, session, form.data, 'session.sign-in', locals.call).catch(asLimit)
			: null;
		if (token instanceof RateLimited) {
			setHeaders({ 'retry-after': String(token.retryAfter) });
			return fail(429, { message: token.message });
		}
		if (token === null) return fail(400, { message: wrong[kind] });
		cookies.set(sessionCookieName(app.publicUrl), token, sessionCookieFlags(app.publicUrl));
		redirect(303, safeReturnTo(url.searchParams.get('returnTo')));
	}
};

const wrong = {
	totp: 'This code is wrong, or was used already. Wait for the next one.',
	recovery: 'This is none of your recovery codes, or it was used already.'
};

/** The session whose second factor is missing. Whoever has none, or one that needs something else, goes there. */
function waiting(session: Session | null, url: URL): Session {
	if (session?.stage === 'second-factor') return session;
	const back = url.searchParams.get('returnTo');
	if (session) redirect(303, safeReturnTo(back));
	redirect(303, back ? `/sign-in?returnTo=${encodeURIComponent(safeReturnTo(back))}` : '/sign-in');
}

function asLimit(error: unknown): RateLimited {
	if (error instanceof RateLimited) return error;
	throw error;
}
