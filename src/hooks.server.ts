import { inspect } from 'node:util';
import { dev } from '$app/environment';
import { getApp } from '$lib/server/app.ts';
import { randomSigns } from '$lib/server/auth/secret-token.ts';
import { sessionCookieFlags, sessionCookieName } from '$lib/server/auth/session-cookie.ts';
import { actorIn, findSession } from '$lib/server/auth/session.ts';
import { countPublicForm } from '$lib/server/http/call-limits.ts';
import { callerWithStatus } from '$lib/server/http/caller.ts';
import { addressIn } from '$lib/server/http/client-address.ts';
import { elsewhere } from '$lib/server/http/guard.ts';
import { RateLimited } from '$lib/server/http/rate-limited.ts';
import { reportFailure } from '$lib/server/http/report-failure.ts';
import { FROM_ANOTHER_SITE, isSameOrigin, readsOnly } from '$lib/server/http/same-origin.ts';
import { UNATTENDED } from '$lib/text/unattended.ts';
import { redirect, type Handle, type HandleServerError, type RequestEvent } from '@sveltejs/kit';

export const handle: Handle = async ({ event, resolve }) => {
	const app = getApp();
	// SvelteKit's own check knows forms only. Before the session is looked up: what another site sends is no use of it.
	if (!readsOnly(event.request.method) && !isSameOrigin(event.request.headers, app.publicUrl))
		return refuse(403, FROM_ANOTHER_SITE);
	const ip = addressOf(event);
	if (!readsOnly(event.request.method) && event.route.id?.startsWith('/(public)/')) {
		const limited = await countPublicForm(app, ip).catch(ifLimited);
		if (limited) return refuse(429, limited.message, { 'retry-after': String(limited.retryAfter) });
	}
	const token = event.cookies.get(sessionCookieName(app.publicUrl));
	const isUse = !event.request.headers.has(UNATTENDED);
	const session = token ? await findSession(app.pool, token, app.clock.now(), isUse) : undefined;
	const user = session?.stage === 'open' ? session.user : null;
	event.locals.session = session ?? null;
	event.locals.user = user;
	event.locals.call = { ip, requestId: randomSigns(16) };
	event.locals.api = callerWithStatus({
		app,
		actor: actorIn(session),
		call: event.locals.call,
		session,
		setSessionCookie: (value) =>
			event.cookies.set(sessionCookieName(app.publicUrl), value, sessionCookieFlags(app.publicUrl))
	});
	const other = elsewhere({
		routeId: event.route.id,
		method: event.request.method,
		pathname: event.url.pathname,
		search: event.url.search,
		host: event.request.headers.get('host'),
		stage: session?.stage ?? null,
		publicUrl: app.publicUrl
	});
	if (other) redirect(other.status, other.location);
	const response = await resolve(event);
	if (event.locals.call.requestId) response.headers.set('request-id', event.locals.call.requestId);
	// Pages behind the sign-in are about patients: no cache keeps them, not even this browser's.
	if (session && !response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
	return response;
};

function refuse(status: number, sentence: string, headers: Record<string, string> = {}): Response {
	const type = { 'content-type': 'text/plain; charset=utf-8' };
	return new Response(`${sentence}\n`, { status, headers: { ...type, ...headers } });
}

function ifLimited(failure: unknown): RateLimited {
	if (failure instanceof RateLimited) return failure;
	throw failure;
}

function addressOf(event: RequestEvent): string | null {
	try {
		return addressIn(event.getClientAddress());
	} catch {
		return null; // A proxy is set up to tell the address, and this request did not come through it.
	}
}

export const handleError: HandleServerError = ({ error, event, status }) => {
	if (status === 404) return { message: 'There is nothing at this address.' };
	// The log leaves out what an error says; a developer's terminal may show it.
	if (dev) process.stderr.write(`${inspect(error)}\n`);
	const reference = reportFailure(getApp(), error, event.route.id ?? 'no route');
	return { message: 'Something went wrong on our side. Nothing you had saved is lost.', reference };
};
