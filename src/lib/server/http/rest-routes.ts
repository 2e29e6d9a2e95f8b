/** The REST routes: a path after `/api/v1`, and what answers a POST to it. */
import { createHash } from 'node:crypto';
import type { App } from '../app.ts';
import { ApiError } from '../api/errors.ts';
import { keysOf } from '../auth/api-keys.ts';
import { can, type Actor, type Permission } from '../auth/permissions.ts';
import type { Once } from '../ingest/idempotency.ts';
import { receiveEvents, receiveTrigger } from '../ingest/receive.ts';
import { countCall } from './call-limits.ts';

export interface RestRoute {
	/** Its first group, if any, is given to `answer`. */
	path: RegExp;
	answer(app: App, request: Request, name: string): Promise<Response>;
}

export const restRoutes: readonly RestRoute[] = [
	{
		path: /^\/events$/,
		async answer(app, request) {
			const { actor, body, once } = await readCall(app, request, 'events.send', 'events');
			return accepted(await receiveEvents(app, actor, body, once));
		}
	},
	{
		path: /^\/triggers\/([^/]+)$/,
		async answer(app, request, name) {
			const { actor, body, once } = await readCall(app, request, 'events.send', `triggers/${name}`);
			return accepted(await receiveTrigger(app, actor, name, body, once));
		}
	}
];

type KeyActor = Extract<Actor, { kind: 'key' }>;

async function readCall(app: App, request: Request, permission: Permission, route: string) {
	const actor = await authenticate(app, request, permission);
	if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? ''))
		throw new ApiError('input.not-json', 'Send the body as application/json, with that Content-Type.');
	const text = await request.text();
	return { actor, body: parseJson(text), once: onceOf(request, actor, route, text) };
}

async function authenticate(app: App, request: Request, permission: Permission): Promise<KeyActor> {
	const actor = await keysOf(app).verify(request.headers.get('authorization'));
	if (!actor)
		throw new ApiError(
			'auth.required',
			'Send a valid API key, as in "Authorization: Bearer sw_live_…". Keys are made in Settings.'
		);
	if (!can(actor, permission)) throw new ApiError('auth.forbidden', 'This key may not do that.');
	await countCall(app, actor.id);
	return actor;
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw new ApiError('input.invalid', 'The body is not valid JSON.', { path: '' });
	}
}

function onceOf(request: Request, actor: KeyActor, route: string, text: string): Once | null {
	const key = request.headers.get('idempotency-key');
	if (key === null) return null;
	if (!/^[\x21-\x7e]{1,255}$/.test(key))
		throw new ApiError(
			'input.invalid',
			'An Idempotency-Key has 1 to 255 visible ASCII characters and no space.'
		);
	const bodyHash = createHash('sha256').update(`${route}\n`).update(text).digest('hex');
	return { apiKeyId: actor.id, key, route, bodyHash };
}

function accepted(answer: object): Response {
	return Response.json(answer, { status: 202 });
}
