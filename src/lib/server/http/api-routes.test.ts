import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { cloneDatabase, testApp, type TestDatabase } from '../../../../tests/support/database.ts';
import { allEvents, findContact } from '../../../../tests/support/people.ts';
import { UNATTENDED } from '../../text/unattended.ts';
import { provideApp, type App } from '../app.ts';
import { createApiKey, revokeApiKey } from '../auth/api-keys.ts';
import { defaultAccess, saveAccess } from '../auth/access-settings.ts';
import { createSession } from '../auth/session.ts';
import { ingestOf } from '../ingest/ingest.ts';
import { apiRoutes } from './api-routes.ts';

let database: TestDatabase;
let folder: string;
let app: App;
let key: string;

beforeAll(async () => {
	database = await cloneDatabase();
	folder = mkdtempSync(join(tmpdir(), 'stepwell-api-'));
	app = testApp(database.pool, undefined, { dataFolder: folder });
	provideApp(app);
	await saveAccess(app.pool, { ...defaultAccess, requireSecondFactor: false });
	await publishTrigger('lab-result-ready', {
		type: 'object',
		properties: { score: { type: 'number' } },
		required: ['score']
	});
});
afterAll(async () => {
	await ingestOf(app).close();
	rmSync(folder, { recursive: true });
	await database.drop();
});
beforeEach(async () => {
	key = (await createApiKey(app.pool, 'Lab', null, app.clock.now())).key;
	await database.pool.query('truncate events, event_queue, event_keys, contacts, sessions cascade');
});

async function publishTrigger(name: string, payload: object): Promise<void> {
	const plan = { triggers: [{ step: 's', kind: 'trigger.api', config: { name, payload }, disabled: false }] };
	await app.pool.query(
		`with j as (insert into journeys (slug, name, state, draft) values ($1, $1, 'live', '{}') returning id),
		v as (insert into journey_versions (journey_id, number, document, plan) select id, 1, '{}', $2 from j returning id, journey_id)
		select id from v`,
		[name, plan]
	);
	await app.pool.query(
		'update journeys set live_version_id = (select id from journey_versions where journey_id = journeys.id)'
	);
}

interface Answer {
	status: number;
	headers: Headers;
	body: { error?: { code: string; message: string; path?: string; problems?: unknown[] } } & Record<
		string,
		unknown
	>;
}

async function call(
	path: string,
	body: unknown,
	headers: Record<string, string> = {},
	method = 'POST'
): Promise<Answer> {
	const request = new Request(`http://localhost${path}`, {
		method,
		headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
		...(method !== 'GET' && { body: typeof body === 'string' ? body : JSON.stringify(body) })
	});
	const response = await apiRoutes(request, { ip: '127.0.0.1' });
	if (!response) throw new Error('The route did not answer.');
	return {
		status: response.status,
		headers: response.headers,
		body: (await response.json()) as Answer['body']
	};
}

async function recorded(): Promise<number> {
	const { rows } = await app.pool.query<{ n: number }>('select count(*)::int as n from events');
	return rows[0]?.n ?? 0;
}

const ann = { id: 'p1', email: 'ann@example.org' };
const visit = { contact: ann, name: 'visit.completed' };

test('an event is accepted, and every answer has an id of its own', async () => {
	const first = await call('/api/v1/events', {
		...visit,
		properties: { score: 4 },
		occurredAt: '2026-03-01T10:00:00-05:00'
	});
	expect(first.status).toBe(202);
	expect(first.body).toEqual({ event: expect.stringMatching(/^\d+$/), duplicate: false });
	expect(first.headers.get('request-id')).not.toBe(
		(await call('/api/v1/events', visit)).headers.get('request-id')
	);
	expect((await allEvents(app))[0]).toMatchObject({
		name: 'visit.completed',
		properties: { score: 4 },
		occurredAt: new Date('2026-03-01T15:00:00Z'),
		source: expect.stringMatching(/^api:/)
	});
});

test('a list is answered as a list, repeats marked', async () => {
	const twice = { ...visit, idempotencyKey: 'visit-1' };
	const { body } = await call('/api/v1/events', [twice, { ...visit, contact: 'p1' }, twice]);
	const [first] = body['events'] as { event: string }[];
	expect(body).toEqual({
		events: [
			{ event: expect.any(String), duplicate: false },
			{ event: expect.any(String), duplicate: false },
			{ event: first?.event, duplicate: true }
		]
	});
	expect(await recorded()).toBe(2);
});

test('a trigger is the event api.<name>, for a contact made by it', async () => {
	const { status } = await call('/api/v1/triggers/lab-result-ready', { contact: ann, payload: { score: 7 } });
	expect(status).toBe(202);
	const contactId = (await findContact(app, 'p1'))?.id;
	expect(await allEvents(app)).toMatchObject([
		{ name: 'api.lab-result-ready', properties: { score: 7 }, contactId }
	]);
});

const long = 'x'.repeat(201);
test.each([
	['no JSON', '/api/v1/events', '{"a":', 400, 'input.invalid', ''],
	['a text', '/api/v1/events', '"hello"', 400, 'input.invalid', ''],
	['an empty list', '/api/v1/events', [], 400, 'input.invalid', ''],
	['501 events', '/api/v1/events', Array.from({ length: 501 }, () => visit), 400, 'input.invalid', ''],
	['no contact', '/api/v1/events', { name: 'a' }, 400, 'input.invalid', '/contact'],
	[
		'a contact that is a number',
		'/api/v1/events',
		{ ...visit, contact: 5 },
		400,
		'input.invalid',
		'/contact'
	],
	[
		'an email of the wrong type',
		'/api/v1/events',
		{ ...visit, contact: { ...ann, email: 5 } },
		400,
		'input.invalid',
		'/contact/email'
	],
	[
		'an unknown time zone',
		'/api/v1/events',
		{ ...visit, contact: { ...ann, timezone: 'Mars/Olympus' } },
		400,
		'input.invalid',
		'/contact/timezone'
	],
	[
		'an attribute that is an object',
		'/api/v1/events',
		{ ...visit, contact: { ...ann, attributes: { a: {} } } },
		400,
		'input.invalid',
		'/contact/attributes/a'
	],
	['a field of an unknown name', '/api/v1/events', { ...visit, when: 'now' }, 400, 'input.invalid', '/when'],
	[
		'properties that are a list',
		'/api/v1/events',
		{ ...visit, properties: [1] },
		400,
		'input.invalid',
		'/properties'
	],
	['a name that is too long', '/api/v1/events', { ...visit, name: long }, 400, 'input.invalid', '/name'],
	['a name of ours', '/api/v1/events', { ...visit, name: 'email.opened' }, 400, 'input.invalid', '/name'],
	[
		'a time without an offset',
		'/api/v1/events',
		{ ...visit, occurredAt: '2026-03-01T10:00:00' },
		400,
		'input.invalid',
		'/occurredAt'
	],
	[
		'a time to come',
		'/api/v1/events',
		{ ...visit, occurredAt: '2031-03-01T10:00:00Z' },
		400,
		'input.invalid',
		'/occurredAt'
	],
	[
		'U+0000',
		'/api/v1/events',
		{ ...visit, properties: { note: '\u0000' } },
		400,
		'input.invalid',
		'/properties/note'
	],
	[
		'half a surrogate pair',
		'/api/v1/events',
		`{"contact":"p1","name":"\\ud83d"}`,
		400,
		'input.invalid',
		'/name'
	],
	[
		'one wrong event of a list',
		'/api/v1/events',
		[visit, { ...visit, name: 5 }],
		400,
		'input.invalid',
		'/1/name'
	],
	['an unknown contact', '/api/v1/events', { ...visit, contact: 'p9' }, 404, 'contact.unknown', '/contact'],
	[
		'an unknown contact in a list',
		'/api/v1/events',
		[visit, { ...visit, contact: 'p9' }],
		404,
		'contact.unknown',
		'/1/contact'
	],
	['an unknown trigger', '/api/v1/triggers/no-such', { contact: ann }, 404, 'trigger.unknown', undefined],
	[
		'a payload of the wrong type',
		'/api/v1/triggers/lab-result-ready',
		{ contact: ann, payload: { score: 'high' } },
		422,
		'payload.invalid',
		'/payload/score'
	],
	[
		'a payload without what is required',
		'/api/v1/triggers/lab-result-ready',
		{ contact: ann },
		422,
		'payload.invalid',
		expect.stringMatching(/^\/payload/)
	],
	['an unknown address', '/api/v1/nothing', {}, 404, 'not-found', undefined]
])('%s is refused at its place, and nothing is written', async (_, path, body, status, code, where) => {
	const answer = await call(path, body);
	expect(answer.status).toBe(status);
	expect(answer.body.error).toMatchObject({ code, message: expect.stringMatching(/\.$/) });
	expect(answer.body.error?.path).toEqual(where);
	const { rows } = await app.pool.query(
		'select (select count(*)::int from events) + (select count(*)::int from contacts) as n'
	);
	expect(rows).toEqual([{ n: 0 }]);
});

test('several faults are all told', async () => {
	const { body } = await call('/api/v1/events', { contact: ann, name: 5, properties: 'x' });
	expect(body.error?.problems).toMatchObject([{ path: '/name' }, { path: '/properties' }]);
});

test('without a valid key nothing is taken, and the answer says how to send one', async () => {
	for (const authorization of ['', 'Bearer nonsense', `Bearer ${key.slice(0, -1)}`]) {
		const answer = await call('/api/v1/events', visit, { authorization });
		expect(answer.status).toBe(401);
		expect(answer.headers.get('www-authenticate')).toBe('Bearer');
		expect(answer.body.error?.code).toBe('auth.required');
	}
	await revokeApiKey(app.pool, key.split('_')[2] ?? '', app.clock.now());
	expect((await call('/api/v1/events', visit)).status).toBe(401);
	expect(await recorded()).toBe(0);
});

test('another content type is 415, another method 405', async () => {
	expect((await call('/api/v1/events', visit, { 'content-type': 'text/plain' })).status).toBe(415);
	const answer = await call('/api/v1/events', null, {}, 'GET');
	expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
});

test('the same Idempotency-Key gives the same answer once; with another body it is 422', async () => {
	const header = { 'idempotency-key': 'order-1' };
	const answers = await Promise.all(Array.from({ length: 20 }, () => call('/api/v1/events', visit, header)));
	expect(answers.filter((answer) => answer.status === 202)).toHaveLength(1);
	expect(answers.filter((answer) => answer.status === 409)).toHaveLength(19);
	const first = answers.find((answer) => answer.status === 202);
	expect((await call('/api/v1/events', visit, header)).body).toEqual(first?.body);
	expect((await call('/api/v1/events', { ...visit, name: 'other' }, header)).body.error?.code).toBe(
		'idempotency.mismatch'
	);
	expect(
		(await call('/api/v1/triggers/lab-result-ready', { contact: ann, payload: { score: 1 } }, header)).status
	).toBe(422);
	expect((await call('/api/v1/events', visit, { 'idempotency-key': 'has space' })).status).toBe(400);
	expect(await recorded()).toBe(1);
});

const asMutation = (input: unknown) => JSON.stringify(input);

test('tRPC takes the same events with a key, and names the field that is wrong', async () => {
	const good = await call('/api/trpc/ingest.events', asMutation(visit));
	expect(good.body).toMatchObject({ result: { data: { duplicate: false } } });
	const bad = await call(
		'/api/trpc/ingest.trigger',
		asMutation({ name: 'lab-result-ready', contact: ann, payload: { score: 'x' } })
	);
	expect(bad.status).toBe(422);
	expect(bad.body.error).toMatchObject({
		data: { problem: { code: 'payload.invalid', path: '/payload/score' } }
	});
	const shape = await call(
		'/api/trpc/ingest.events',
		asMutation({ ...visit, contact: { ...ann, email: 5 } })
	);
	expect(shape.body.error).toMatchObject({
		data: { problem: { code: 'input.invalid', path: '/contact/email' } }
	});
});

test('a key can send, and can’t read or manage anything', async () => {
	for (const [path, method] of [
		['/api/trpc/keys.list', 'GET'],
		['/api/trpc/settings.get', 'GET'],
		['/api/trpc/settings.status', 'GET'],
		['/api/trpc/settings.removeMail', 'POST']
	] as const)
		expect([path, (await call(path, '', {}, method)).status]).toEqual([path, 403]);
});

async function cookieOf(role: string): Promise<string> {
	const { rows } = await app.pool.query<{ id: number }>(
		`insert into users (email, name, password_hash, role) values (gen_random_uuid() || '@clinic.example', 'Ann', '-', $1) returning id`,
		[role]
	);
	const session = { userId: rows[0]?.id ?? 0, way: 'password', proved: true, place: { ip: null } } as const;
	return `other=1; stepwell=${await createSession(app.pool, session, app.clock.now())}`;
}

test.each([
	['the same origin', { origin: 'http://localhost:4780' }, 200],
	['another origin', { origin: 'https://evil.example' }, 403],
	['the same host on another port', { origin: 'http://localhost:1' }, 403],
	['an opaque origin', { origin: 'null' }, 403],
	['no origin, from a page of ours', { 'sec-fetch-site': 'same-origin' }, 200],
	['no origin, from elsewhere', { 'sec-fetch-site': 'cross-site' }, 403],
	['no origin and no word of it', {}, 403]
])('a change with the cookie and %s', async (_, headers, status) => {
	const request = new Request('http://localhost/api/trpc/keys.create', {
		method: 'POST',
		body: JSON.stringify({ name: 'Made' }),
		headers: {
			'content-type': 'application/json',
			cookie: await cookieOf('owner'),
			...(headers as Record<string, string>)
		}
	});
	expect((await apiRoutes(request, { ip: '' }))?.status).toBe(status);
});

test('the answer’s id and where the call came from are in the audit log', async () => {
	const request = new Request('http://localhost/api/trpc/keys.create', {
		method: 'POST',
		body: JSON.stringify({ name: 'Traced' }),
		headers: {
			'content-type': 'application/json',
			cookie: await cookieOf('owner'),
			origin: 'http://localhost:4780',
			'x-forwarded-for': '203.0.113.9'
		}
	});
	const response = await apiRoutes(request, { ip: '::ffff:192.0.2.9' });
	const { rows } = await app.pool.query(
		'select host(ip) as ip, action, actor_name as name from audit_log where request_id = $1',
		[response?.headers.get('request-id')]
	);
	expect(rows).toEqual([{ ip: '192.0.2.9', action: 'api-key.create', name: 'Ann' }]);
});

test.each([
	['owner', 200, 200],
	['operator', 200, 200],
	['integrator', 200, 403],
	['marketer', 403, 403],
	['manager', 403, 403]
])('as %s keys answer %i and settings %i', async (role, keys, settings) => {
	const cookie = await cookieOf(role);
	const status = async (path: string) =>
		(await apiRoutes(new Request(`http://localhost/api/trpc/${path}`, { headers: { cookie } }), { ip: '' }))
			?.status;
	expect([await status('keys.list'), await status('settings.get'), await status('settings.status')]).toEqual([
		keys,
		settings,
		200
	]);
});

test('what a page asks by itself is no use of the session', async () => {
	const cookie = await cookieOf('operator');
	await app.pool.query(`update sessions set last_seen_at = last_seen_at - interval '10 minutes'`);
	const idleAfter = async (headers: Record<string, string>) => {
		const request = new Request('http://localhost/api/trpc/tasks.count', { headers: { cookie, ...headers } });
		expect((await apiRoutes(request, { ip: '' }))?.status).toBe(200);
		const { rows } = await app.pool.query<{ at: Date }>('select last_seen_at as at from sessions');
		return app.clock.now() - (rows[0]?.at.getTime() ?? 0);
	};
	expect(await idleAfter({ [UNATTENDED]: '1' })).toBe(600_000);
	expect(await idleAfter({})).toBe(0);
});

test('a key that used up its calls is told when to come back, by REST as by tRPC', async () => {
	const { id, key: busy } = await createApiKey(app.pool, 'Loop', null, app.clock.now());
	// As another process has spent them.
	await app.pool.query(`insert into sign_in_tries (key, points, expire) values ($1, 100000, $2)`, [
		`call:${id}`,
		Date.now() + 8_000
	]);
	const authorization = `Bearer ${busy}`;
	const rest = await call('/api/v1/events', visit, { authorization });
	expect([rest.status, rest.body.error?.code]).toEqual([429, 'rate.limited']);
	expect(Number(rest.headers.get('retry-after'))).toBeGreaterThan(0);
	const trpc = await call('/api/trpc/ingest.events', visit, { authorization });
	expect(trpc.status).toBe(429);
	expect(Number(trpc.headers.get('retry-after'))).toBeGreaterThan(0);
	expect((await call('/api/v1/events', visit)).status, 'others go on').toBe(202);
});

test('what is not under /api is left to others', async () => {
	expect(await apiRoutes(new Request('http://localhost/journeys'), { ip: '' })).toBeNull();
	expect(await apiRoutes(new Request('http://localhost/apis'), { ip: '' })).toBeNull();
});
