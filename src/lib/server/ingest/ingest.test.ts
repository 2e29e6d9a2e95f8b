import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { cloneDatabase, SetClock, testApp, type TestDatabase } from '../../../../tests/support/database.ts';
import { allContacts, allEvents } from '../../../../tests/support/people.ts';
import type { App } from '../app.ts';
import { ApiError } from '../api/errors.ts';
import { findAudit } from '../audit/find.ts';
import { createApiKey } from '../auth/api-keys.ts';
import { Ingest } from './ingest.ts';
import type { Intake } from './intake.ts';

let database: TestDatabase;
let folder: string;
let app: App;
let away: 'no' | 'yes' | 'after commit' | 'before commit';
const clock = new SetClock('2026-03-02T15:00:00Z');
const opened: Ingest[] = [];

beforeAll(async () => void (database = await cloneDatabase()));
afterAll(() => database.drop());
beforeEach(() => {
	away = 'no';
	folder = mkdtempSync(join(tmpdir(), 'stepwell-spool-'));
	app = testApp(breakable(database.pool), clock, { dataFolder: folder, vault: database.vault });
});
afterEach(async () => {
	await Promise.all(opened.splice(0).map((ingest) => ingest.close()));
	rmSync(folder, { recursive: true });
	await database.pool.query(
		'truncate events, event_queue, event_keys, contacts, attributes, idempotency_keys cascade'
	);
});

/** The pool as it looks while PostgreSQL is away, or when it goes away around a commit. */
function breakable(pool: pg.Pool): pg.Pool {
	const gone = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
	const wrapClient = (client: pg.PoolClient) =>
		override(client, 'query', async (text: string, values?: unknown[]) => {
			if (text !== 'commit' || !away.endsWith('commit')) return client.query(text, values);
			const when = away;
			away = 'yes';
			await client.query(when === 'after commit' ? 'commit' : 'rollback');
			throw gone();
		});
	const connect = async () => {
		if (away === 'yes') throw gone();
		return wrapClient(await pool.connect());
	};
	const query = (text: string, values?: unknown[]) =>
		away === 'yes' ? Promise.reject(gone()) : pool.query(text, values);
	return override(override(pool, 'connect', connect), 'query', query);
}

function override<T extends object>(target: T, name: string, replacement: unknown): T {
	return new Proxy(target, {
		get(whole, property) {
			if (property === name) return replacement;
			const value: unknown = Reflect.get(whole, property, whole);
			return typeof value === 'function' ? value.bind(whole) : value;
		}
	});
}

function open(): Ingest {
	const ingest = new Ingest(app);
	opened.push(ingest);
	return ingest;
}

function intake(contact: string, more: Partial<Intake> = {}): Intake {
	const now = clock.now();
	const event = {
		contactId: contact,
		patch: { id: contact },
		name: 'visit.completed',
		properties: {},
		occurredAt: now,
		key: null
	};
	return { source: 'api:test', receivedAt: now, many: false, once: null, events: [event], ...more };
}

async function names(): Promise<string[]> {
	const nameById = new Map((await allContacts(database)).map(({ id, publicId }) => [id, publicId]));
	return (await allEvents(database)).map(({ contactId }) => nameById.get(contactId) ?? '');
}

test('requests at one moment are one transaction, each answered by itself', async () => {
	const ingest = open();
	const unknown = intake('nobody');
	unknown.events = unknown.events.map((event) => ({ ...event, patch: null }));
	const results = await Promise.allSettled(
		[intake('a'), unknown, intake('b')].map((each) => ingest.submit(each))
	);
	expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
	expect(results[1]).toMatchObject({ reason: { problem: { code: 'contact.unknown', path: '/contact' } } });
	expect(await names()).toEqual(['a', 'b']);
	const { rows } = await database.pool.query('select distinct xmin::text from events');
	expect(rows).toHaveLength(1);
});

test('a list with one unknown contact leaves nothing, not even the contact beside it', async () => {
	const [known] = intake('new').events;
	const [unknown] = intake('nobody').events;
	if (!known || !unknown) throw new Error('no events');
	const list = intake('', { many: true, events: [known, { ...unknown, patch: null }] });
	await expect(open().submit(list)).rejects.toMatchObject({
		problem: { code: 'contact.unknown', path: '/1/contact' }
	});
	const { rows } = await database.pool.query(
		'select (select count(*)::int from events) as events, (select count(*)::int from contacts) as contacts'
	);
	expect(rows).toEqual([{ events: 0, contacts: 0 }]);
});

test('an attribute of another type is refused with its path', async () => {
	const ingest = open();
	await database.pool.query(
		`insert into attributes (key, label, type, defined_at) values ('age', 'Age', 'number', now())`
	);
	const withAge = (age: unknown) => {
		const each = intake('a');
		return {
			...each,
			events: each.events.map((event) => ({ ...event, patch: { id: 'a', attributes: { age } } }))
		};
	};
	await ingest.submit(withAge(41));
	await expect(ingest.submit(withAge('old'))).rejects.toMatchObject({
		problem: { code: 'input.invalid', path: '/contact/attributes/age' }
	});
	expect(await names()).toEqual(['a']);
});

test('an attribute that nobody has defined is kept whatever it is', async () => {
	const ingest = open();
	for (const value of [41, 'old']) {
		const each = intake('a');
		const events = each.events.map((event) => ({ ...event, patch: { id: 'a', attributes: { value } } }));
		await ingest.submit({ ...each, events });
	}
	expect((await allContacts(database))[0]?.attributes).toEqual({ value: 'old' });
});

test('a request that the database refuses does not take the others with it', async () => {
	const bad = intake('b');
	bad.events = bad.events.map((event) => ({ ...event, name: 'a\u0000b' }));
	const ingest = open();
	const results = await Promise.allSettled(
		[intake('a'), bad, intake('c')].map((each) => ingest.submit(each))
	);
	expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
	expect(await names()).toEqual(['a', 'c']);
});

async function once(key: string, bodyHash = 'aa') {
	const { id } = await createApiKey(database.pool, 'Lab', null, clock.now());
	return { apiKeyId: id, key, route: 'events', bodyHash };
}

test('twenty calls with one key at once have one effect: the first is answered, the others are told to wait', async () => {
	const same = intake('a', { once: await once('k') });
	const ingest = open();
	const results = await Promise.allSettled(Array.from({ length: 20 }, () => ingest.submit(same)));
	const answered = results.filter((result) => result.status === 'fulfilled');
	expect(answered).toHaveLength(1);
	for (const result of results)
		if (result.status === 'rejected')
			expect(result.reason).toMatchObject({ problem: { code: 'idempotency.in-flight' } });
	expect(await ingest.submit(same)).toEqual(answered[0]?.value);
	expect(await names()).toEqual(['a']);
});

test('twenty processes with one key at once have one effect and the same answer', async () => {
	const same = intake('a', { once: await once('k') });
	const answers = await Promise.all(Array.from({ length: 20 }, () => open().submit(same)));
	expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
	expect(await names()).toEqual(['a']);
});

test('the same key with another body is refused, and the key of another program is its own', async () => {
	const first = await once('k');
	const ingest = open();
	await ingest.submit(intake('a', { once: first }));
	await expect(ingest.submit(intake('b', { once: { ...first, bodyHash: 'bb' } }))).rejects.toMatchObject({
		problem: { code: 'idempotency.mismatch' },
		status: 422
	});
	await ingest.submit(intake('c', { once: await once('k') }));
	expect(await names()).toEqual(['a', 'c']);
});

test('a refused request leaves its key free for the corrected one', async () => {
	const key = await once('k');
	const wrong = intake('a', { once: key });
	wrong.events = wrong.events.map((event) => ({ ...event, patch: null }));
	const ingest = open();
	await expect(ingest.submit(wrong)).rejects.toBeInstanceOf(ApiError);
	await ingest.submit(intake('a', { once: { ...key, bodyHash: 'bb' } }));
	expect(await names()).toEqual(['a']);
});

test('an answer is kept for a day, and then the key is free', async () => {
	const key = await once('k');
	const ingest = open();
	await ingest.submit(intake('a', { once: key }));
	clock.advance(24 * 3_600_000 + 1);
	await ingest.submit(intake('b', { once: { ...key, bodyHash: 'bb' } }));
	expect(await names()).toEqual(['a', 'b']);
});

test('while PostgreSQL is away requests are spooled, sealed, and drained in order when it is back', async () => {
	const ingest = open();
	away = 'yes';
	const answers = [];
	for (const contact of ['a', 'b', 'c']) answers.push(await ingest.submit(intake(contact)));
	expect(answers).toEqual([{ spooled: true }, { spooled: true }, { spooled: true }]);
	const kept = ['spool.sqlite', 'spool.sqlite-wal']
		.map((file) => readFileSync(join(folder, file)).toString('latin1'))
		.join();
	expect(kept).not.toContain('visit.completed');
	away = 'no';
	expect(await ingest.submit(intake('d'))).toEqual({ spooled: true });
	await ingest.drain();
	expect(await names()).toEqual(['a', 'b', 'c', 'd']);
	expect(await ingest.submit(intake('e'))).toMatchObject({ duplicate: false });
});

test('what a killed process left in the spool is drained by the next one, once', async () => {
	away = 'yes';
	await open().submit(intake('a', { once: await once('k') }));
	away = 'no';
	await Promise.all([open().drain(), open().drain()]);
	await opened.at(-1)?.drain();
	expect(await names()).toEqual(['a']);
});

test.each([
	['was made', 'after commit'],
	['was not made', 'before commit']
] as const)('a connection lost at a commit that %s loses and doubles nothing', async (_, when) => {
	const ingest = open();
	away = when;
	expect(await ingest.submit(intake('a'))).toEqual({ spooled: true });
	away = 'no';
	await ingest.drain();
	expect(await names()).toEqual(['a']);
});

test('a retry behind its first in the spool has no second effect', async () => {
	const ingest = open();
	const same = intake('a', { once: await once('k') });
	away = 'yes';
	await ingest.submit(same);
	await ingest.submit(same);
	away = 'no';
	await ingest.drain();
	expect(await names()).toEqual(['a']);
});

test('a spooled request that turns out wrong stays in the spool for a person, and does not hold up the others', async () => {
	const ingest = open();
	const unknown = intake('nobody');
	unknown.events = unknown.events.map((event) => ({ ...event, patch: null }));
	away = 'yes';
	await ingest.submit(unknown);
	await ingest.submit(intake('a'));
	away = 'no';
	await ingest.drain();
	expect(await names()).toEqual(['a']);
	expect(await ingest.submit(intake('b'))).toMatchObject({ duplicate: false });
	expect(ingest.spool).toEqual({ waiting: 0, refused: 1, file: join(folder, 'spool.sqlite') });
});

test('the connection of a batch killed by the server is an absence, not a loss', async () => {
	const ingest = open();
	const blocker = await database.pool.connect();
	await blocker.query('begin; lock table contacts in access exclusive mode');
	const answer = ingest.submit(intake('a'));
	await killWaiting(blocker);
	expect(await answer).toEqual({ spooled: true });
	await blocker.query('rollback');
	blocker.release();
	await ingest.drain();
	expect(await names()).toEqual(['a']);
});

/** Ends the one backend that waits for a lock, as soon as there is one. */
async function killWaiting(db: pg.PoolClient): Promise<void> {
	for (let killed = 0; killed === 0;) {
		const { rowCount } = await db.query(
			`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
		);
		killed = rowCount ?? 0;
	}
}

test('who changed which contacts is in the audit log, once a commit, without a value', async () => {
	const ingest = open();
	const change = intake('a', { source: 'api:key-1' });
	const events = change.events.map((event) => ({
		...event,
		patch: { id: 'a', name: 'Canary', attributes: { a1c: 7 } }
	}));
	await ingest.submit({ ...change, events });
	await ingest.submit({ ...change, events });
	const { entries } = await findAudit(database.pool, { actor: { kind: 'key', id: 'key-1' } });
	const [contact] = await allContacts(database);
	expect(entries).toMatchObject([
		{
			action: 'contact.write',
			subjectKind: 'contact',
			subjectIds: [String(contact?.id)],
			fields: ['a1c', 'name', 'publicId']
		}
	]);
	expect(JSON.stringify(entries)).not.toContain('Canary');
});
