/** `/api/v1`: the REST face of what integrators need, with errors `{ error: { code, message, path?, problems? } }`. */
import type { App } from '../app.ts';
import { ApiError } from '../api/errors.ts';
import { isConnectionError } from '../db/connection-error.ts';
import { reportFailure } from './report-failure.ts';
import { RateLimited } from './rate-limited.ts';
import { restRoutes } from './rest-routes.ts';

export const REST_PATH = '/api/v1';

/** Answers `path` (what follows `/api/v1`). */
export function answerRest(app: App, request: Request, path: string): Promise<Response> {
	return answer(app, request, path).catch((error: unknown) => refuse(app, error));
}

async function answer(app: App, request: Request, path: string): Promise<Response> {
	for (const route of restRoutes) {
		const match = route.path.exec(path);
		if (!match) continue;
		if (request.method !== 'POST') return notThisMethod();
		return route.answer(app, request, match[1] ?? '');
	}
	throw new ApiError('not-found', 'There is nothing at this address.');
}

function refuse(app: App, error: unknown): Response {
	if (error instanceof ApiError) return refusal(error);
	if (isConnectionError(error))
		return refusal(new ApiError('unavailable', 'The database is away. Try again.'), 1);
	const reference = reportFailure(app, error, 'REST');
	const message = `Something went wrong on our side. Its reference is ${reference}.`;
	return Response.json({ error: { code: 'internal', message } }, { status: 500 });
}

function refusal(error: ApiError, retryAfter?: number): Response {
	const response = Response.json({ error: error.problem }, { status: error.status });
	const seconds = error instanceof RateLimited ? error.retryAfter : retryAfter;
	if (seconds !== undefined) response.headers.set('Retry-After', String(seconds));
	if (error.status === 401) response.headers.set('WWW-Authenticate', 'Bearer');
	return response;
}

function notThisMethod(): Response {
	const response = refusal(new ApiError('method.unknown', 'This address takes POST.'));
	response.headers.set('Allow', 'POST');
	return response;
}
