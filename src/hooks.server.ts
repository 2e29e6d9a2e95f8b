import { dev } from '$app/environment';
import { getApp, type App } from '$lib/server/app.ts';
import { sessionCookieName } from '$lib/server/auth/session-cookie.ts';
import { findSession } from '$lib/server/auth/session.ts';
import { callerWithStatus } from '$lib/server/http/caller.ts';
import { reportFailure } from '$lib/server/http/report-failure.ts';
import { addSecurityHeaders } from '$lib/server/http/security-headers.ts';
import { redirect, type Handle, type HandleServerError, type RequestEvent } from '@sveltejs/kit';

export const handle: Handle = async ({ event, resolve }) => {
	const app = getApp();
	const token = event.cookies.get(sessionCookieName(app.publicUrl));
	const session = token ? await findSession(app.pool, token, app.clock.now()) : undefined;
	const user = session?.user ?? null;
	event.locals.user = user;
	event.locals.api = callerWithStatus({ app, actor: user && { kind: 'user', ...user } });
	goElsewhere(event, app);
	const response = await resolve(event);
	addSecurityHeaders(response.headers, app.publicUrl);
	// Pages behind the sign-in are about patients: no cache keeps them, not even this browser's.
	if (user && !response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
	return response;
};

/** Only routes of `(public)` open without a session; what is new is closed until somebody puts it there. */
function goElsewhere(event: RequestEvent, app: App): void {
	const { url, request, route, locals } = event;
	if (request.method === 'GET' && isOtherLoopbackName(request.headers.get('host'), app.publicUrl))
		redirect(307, app.publicUrl + url.pathname + url.search);
	if (route.id?.startsWith('/(public)/')) return;
	if (!locals.user) {
		const returnTo = request.method === 'GET' && url.pathname !== '/' ? url.pathname + url.search : null;
		redirect(303, returnTo ? `/sign-in?returnTo=${encodeURIComponent(returnTo)}` : '/sign-in');
	}
}

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** 127.0.0.1 for a product that calls itself localhost: cookies and the origin check know one name only. */
function isOtherLoopbackName(host: string | null, publicUrl: string): boolean {
	const ours = new URL(publicUrl);
	if (!host || host === ours.host || !LOOPBACK.test(host) || !LOOPBACK.test(ours.host)) return false;
	return URL.parse(`http://${host}`)?.port === ours.port;
}

export const handleError: HandleServerError = ({ error, event, status }) => {
	if (status === 404) return { message: 'There is nothing at this address.' };
	if (dev) console.error(error);
	const reference = reportFailure(getApp(), error, event.route.id ?? 'no route');
	return { message: 'Something went wrong on our side. Nothing you had saved is lost.', reference };
};
