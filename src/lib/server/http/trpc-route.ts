/** `/api/trpc`: every procedure over HTTP, for the browser with its cookie and for programs with a key. */
import { TRPCError } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { UNATTENDED } from '../../text/unattended.ts';
import type { App } from '../app.ts';
import { appRouter } from '../api/router.ts';
import type { Context } from '../api/trpc.ts';
import type { Call } from '../audit/call.ts';
import { keysOf } from '../auth/api-keys.ts';
import type { Actor } from '../auth/permissions.ts';
import { readSessionCookie, sessionCookieHeader } from '../auth/session-cookie.ts';
import { actorIn, findSession } from '../auth/session.ts';
import { countCall } from './call-limits.ts';
import { RateLimited } from './rate-limited.ts';
import { reportFailure } from './report-failure.ts';
import { FROM_ANOTHER_SITE, isSameOrigin } from './same-origin.ts';

export const TRPC_PATH = '/api/trpc';

/** Calls in one request. A page makes at most a handful at once. */
export const MOST_CALLS = 30;

export async function answerTrpc(app: App, request: Request, call: Call): Promise<Response> {
	let cookie: string | undefined;
	let retryAfter: number | undefined;
	const response = await fetchRequestHandler({
		endpoint: TRPC_PATH,
		req: request,
		router: appRouter,
		maxBatchSize: MOST_CALLS,
		// A query by POST keeps its input out of the URL, and so out of every proxy's log.
		allowMethodOverride: true,
		createContext: async (): Promise<Context> => ({
			app,
			call,
			...(await callerIn(app, request)),
			setSessionCookie: (token) => (cookie = sessionCookieHeader(token, app.publicUrl))
		}),
		onError({ error, path }) {
			if (error.cause instanceof RateLimited) retryAfter = error.cause.retryAfter;
			if (error.code === 'INTERNAL_SERVER_ERROR')
				reportFailure(app, error.cause ?? error, `procedure ${path ?? 'unknown'}`);
		}
	});
	if (cookie !== undefined) response.headers.append('set-cookie', cookie);
	if (retryAfter !== undefined) response.headers.set('retry-after', String(retryAfter));
	return response;
}

async function callerIn(app: App, request: Request): Promise<Pick<Context, 'actor' | 'session'>> {
	const authorization = request.headers.get('authorization');
	if (authorization !== null) return { actor: await keyIn(app, authorization) };
	const token = readSessionCookie(request.headers.get('cookie'), app.publicUrl);
	if (!token) return { actor: null };
	if (request.method !== 'GET' && !isSameOrigin(request.headers, app.publicUrl))
		throw new TRPCError({ code: 'FORBIDDEN', message: FROM_ANOTHER_SITE });
	const isUse = !request.headers.has(UNATTENDED);
	const session = await findSession(app.pool, token, app.clock.now(), isUse);
	return { actor: actorIn(session), session };
}

async function keyIn(app: App, authorization: string): Promise<Actor | null> {
	const actor = await keysOf(app).verify(authorization);
	try {
		if (actor) await countCall(app, actor.id);
		return actor;
	} catch (error) {
		if (!(error instanceof RateLimited)) throw error;
		throw new TRPCError({ code: error.trpcCode, message: error.message, cause: error });
	}
}
