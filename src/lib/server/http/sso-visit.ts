/** The two ends of a sign-in through a provider, as a browser meets them: off it goes, and back it comes. */
import type { RequestEvent } from '@sveltejs/kit';
import { getApp } from '../app.ts';
import { sessionCookieFlags, sessionCookieName } from '../auth/session-cookie.ts';
import { actorIn } from '../auth/session.ts';
import { beginSso } from '../auth/sso/begin.ts';
import { bindingCookieFlags, bindingCookieName } from '../auth/sso/binding.ts';
import type { Connection } from '../auth/sso/connections.ts';
import type { Returned } from '../auth/sso/oidc.ts';
import { refusedPlace, SsoRefused } from '../auth/sso/refusal.ts';
import { signInBySso } from '../auth/sso/sign-in-by-sso.ts';
import { safeReturnTo } from './return-to.ts';

type Event = Pick<RequestEvent, 'cookies' | 'locals' | 'request' | 'url'>;

export async function leaveForSso(
	event: Event & { params: { connection: string } },
	kind: Connection['kind']
): Promise<Response> {
	const app = getApp();
	return orRefused(async () => {
		const { location, cookie } = await beginSso(app, {
			connection: Number(event.params.connection),
			kind,
			returnTo: safeReturnTo(event.url.searchParams.get('returnTo')),
			again: event.url.searchParams.has('again'),
			ip: event.locals.call.ip
		});
		event.cookies.set(bindingCookieName(app.publicUrl), cookie, bindingCookieFlags(app.publicUrl));
		return goTo(location);
	});
}

/** `take` gives what came back with the browser whose cookie it is given. */
export async function comeBackFromSso(
	event: Event,
	take: (cookie: string | undefined) => Promise<Returned<Connection>>
): Promise<Response> {
	const app = getApp();
	const { cookies, locals, request } = event;
	const cookie = cookies.get(bindingCookieName(app.publicUrl));
	return orRefused(async () => {
		const { connection, claims, returnTo } = await take(cookie);
		cookies.delete(bindingCookieName(app.publicUrl), bindingCookieFlags(app.publicUrl));
		const visitor = {
			call: { ...locals.call, agent: request.headers.get('user-agent') },
			session: locals.session,
			actor: actorIn(locals.session ?? undefined)
		};
		const token = await signInBySso(app, connection, claims, visitor).catch((error: unknown) => {
			// Once they signed in with what they have, the provider is asked once more and the two are linked.
			if (error instanceof SsoRefused && error.code === 'known')
				return goTo(refusedPlace(error, startOf(connection, returnTo)));
			throw error;
		});
		if (token instanceof Response) return token;
		cookies.set(sessionCookieName(app.publicUrl), token, sessionCookieFlags(app.publicUrl));
		return goTo(returnTo);
	});
}

function startOf({ kind, id }: Connection, returnTo: string): string {
	return `/sso/${kind}/${id}/start?${new URLSearchParams({ returnTo })}`;
}

async function orRefused(work: () => Promise<Response>): Promise<Response> {
	try {
		return await work();
	} catch (error) {
		if (error instanceof SsoRefused) return goTo(refusedPlace(error));
		throw error;
	}
}

function goTo(location: string): Response {
	return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } });
}
