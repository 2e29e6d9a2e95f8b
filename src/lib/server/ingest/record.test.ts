import { afterAll, beforeAll, expect, test } from 'vitest';
import { cloneDatabase, type TestDatabase } from '../../../../tests/support/database.ts';
import { allEvents } from '../../../../tests/support/people.ts';
import { inTransaction } from '../db/db.ts';
import { recordEvents, type RecordedEvent } from './record.ts';

let database: TestDatabase;
beforeAll(async () => void (database = await cloneDatabase()));
afterAll(() => database.drop());

const at = Date.parse('2026-03-02T15:00:00Z');
const event = (more: Partial<RecordedEvent>): RecordedEvent => ({
	contactId: 1,
	name: 'visit.completed',
	properties: {},
	occurredAt: at,
	receivedAt: at,
	source: 'api:a',
	...more
});
const record = (...events: RecordedEvent[]) =>
	inTransaction(database.pool, (tx) => recordEvents(tx, database.vault, events));
async function count(table: 'events' | 'event_queue' | 'event_keys'): Promise<number> {
	const { rows } = await database.pool.query<{ n: number }>(`select count(*)::int as n from ${table}`);
	return rows[0]?.n ?? 0;
}

test('events get growing ids in their order, and wait in the router’s queue', async () => {
	const results = await record(
		event({ name: 'a', properties: { n: 1 } }),
		event({ name: 'b' }),
		event({ name: 'c', key: 'k0' })
	);
	const ids = results.map((result) => result.id);
	expect(ids).toEqual([...ids].sort((a, b) => (a ?? 0) - (b ?? 0)));
	expect(await count('event_queue')).toBe(3);
	const events = await allEvents(database);
	expect(events.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
	expect(events[0]).toMatchObject({ id: ids[0], properties: { n: 1 } });
	const jobs = await database.pool.query(`select task_identifier from graphile_worker.jobs`);
	expect(jobs.rows).toEqual([{ task_identifier: 'route' }]);
});

test('a key counts once for its source, within a call and between calls', async () => {
	const before = [await count('events'), await count('event_queue'), await count('event_keys')];
	const first = await record(
		event({ key: 'k1' }),
		event({ key: 'k1' }),
		event({ key: 'k1', source: 'api:b' })
	);
	expect(first.map((result) => result.id !== null)).toEqual([true, false, true]);
	expect(await record(event({ key: 'k1' }))).toEqual([{ id: null }]);
	expect([await count('events'), await count('event_queue'), await count('event_keys')]).toEqual(
		before.map((n) => n + 2)
	);
});

test('twenty calls with one key at once leave one event', async () => {
	const before = await count('events');
	const results = await Promise.all(Array.from({ length: 20 }, () => record(event({ key: 'race' }))));
	expect(results.flat().filter((result) => result.id !== null)).toHaveLength(1);
	expect(await count('events')).toBe(before + 1);
});

test('nothing is recorded by a transaction that fails', async () => {
	const before = await count('events');
	const failing = inTransaction(database.pool, async (tx) => {
		await recordEvents(tx, database.vault, [event({ key: 'k9' })]);
		throw new Error('later');
	});
	await expect(failing).rejects.toThrow('later');
	expect(await count('events')).toBe(before);
	expect((await record(event({ key: 'k9' })))[0]?.id).not.toBeNull();
});

test('what an event says, and the key that it came with, are sealed; what Stepwell tells itself is not', async () => {
	await record(
		event({ name: 'told', properties: { result: 'canary-result' }, key: 'canary-key' }),
		event({ name: 'ours', properties: { step: 'survey' }, source: 'tracking' })
	);
	const { rows } = await database.pool.query<{ row: string }>(
		`select e::text || coalesce(k::text, '') as row from events e left join event_keys k on k.event_id = e.id`
	);
	expect(rows.map(({ row }) => row).join()).not.toContain('canary');
	expect(rows.map(({ row }) => row).join()).toContain('survey');
	expect((await allEvents(database)).find(({ name }) => name === 'told')?.properties).toEqual({
		result: 'canary-result'
	});
});
