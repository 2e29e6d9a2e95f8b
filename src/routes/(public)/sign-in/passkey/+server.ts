import { getApp } from '$lib/server/app.ts';
import { beginPasskeyUse, passkeyAnswer } from '$lib/server/auth/passkeys.ts';
import { prove } from '$lib/server/auth/prove.ts';
import { sessionCookieFlags, sessionCookieName } from '$lib/server/auth/session-cookie.ts';
import { endSession } from '$lib/server/auth/session.ts';
import { signInByPasskey } from '$lib/server/auth/sign-in.ts';
import { signInLimitOf } from '$lib/server/auth/sign-in-limit.ts';
import { HeldToSso } from '$lib/server/auth/sso/held.ts';
import { RateLimited } from '$lib/server/http/rate-limited.ts';
import { safeReturnTo } from '$lib/server/http/return-to.ts';
import { json, type RequestEvent } from '@sveltejs/kit';
import type { RequestHandler } from './$types';

/** What to ask the browser for: after a right password one of that person's, else whichever they choose. */
export const POST: RequestHandler = async (event) => {
	const app = getApp();
	try {
		await signInLimitOf(app).countAddress(event.locals.call.ip ?? 'unknown');
	} catch (failure) {
		return tooMany(failure);
	}
	const { session } = event.locals;
	const userId = session?.stage === 'second-factor' ? session.user.id : null;
	return json(await beginPasskeyUse(app.pool, app, userId));
};

/** Takes the answer: the session's second factor, or a whole sign-in. Answers where to go on. */
export const PUT: RequestHandler = async (event) => {
	const app = getApp();
	const answer = passkeyAnswer.safeParse(await event.request.json().catch(() => null));
	const token = answer.success ? await take(event, answer.data).catch(asRefusal) : null;
	if (token instanceof RateLimited) return tooMany(token);
	if (token instanceof HeldToSso) return json({ message: token.message }, { status: 403 });
	if (token === null)
		return json(
			{ message: 'This passkey is not known here, or its answer came too late. Try again.' },
			{ status: 400 }
		);
	event.cookies.set(sessionCookieName(app.publicUrl), token, sessionCookieFlags(app.publicUrl));
	return json({ location: safeReturnTo(event.url.searchParams.get('returnTo')) });
};

type Answer = Parameters<typeof signInByPasskey>[1];

async function take({ request, locals }: RequestEvent, answer: Answer): Promise<string | null> {
	const app = getApp();
	const { session, call } = locals;
	if (session?.stage === 'second-factor')
		return prove(app, session, { kind: 'passkey', ...answer }, 'session.sign-in', call);
	const token = await signInByPasskey(app, answer, { ...call, agent: request.headers.get('user-agent') });
	// A new session for every sign-in: a cookie planted before it opens nothing.
	if (token !== null && session) await endSession(app.pool, session.id);
	return token;
}

function asRefusal(failure: unknown): RateLimited | HeldToSso {
	if (failure instanceof RateLimited || failure instanceof HeldToSso) return failure;
	throw failure;
}

function tooMany(failure: unknown): Response {
	if (!(failure instanceof RateLimited)) throw failure;
	const { message, retryAfter } = failure;
	return json({ message }, { status: 429, headers: { 'retry-after': String(retryAfter) } });
}
