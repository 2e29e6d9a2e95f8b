import { afterAll, beforeAll, expect, test } from 'vitest';
import { cloneDatabase, type TestDatabase } from '../../../../tests/support/database.ts';
import { inTransaction } from '../db/db.ts';
import { upsertContacts, type ContactPatch } from './contacts.ts';

let database: TestDatabase;
beforeAll(async () => void (database = await cloneDatabase()));
afterAll(() => database.drop());

const now = Date.parse('2026-03-02T15:00:00Z');
const upsert = (...patches: ContactPatch[]) =>
	inTransaction(database.pool, (tx) => upsertContacts(tx, patches, now));
async function stored(id: string) {
	const { rows } = await database.pool.query<{
		attributes: Record<string, unknown>;
		xmin: string;
		name: string | null;
	}>('select name, email, phone, timezone, attributes, xmin::text from contacts where public_id = $1', [id]);
	return rows[0];
}

test('a new contact is made, and its attributes are registered as health information', async () => {
	const [id] = await upsert({
		id: 'p1',
		email: 'ann@example.org',
		attributes: { dueOn: '2026-04-01', a1c: 6.1, tags: ['x'] }
	});
	expect(id).toBeTypeOf('number');
	expect(await stored('p1')).toMatchObject({
		email: 'ann@example.org',
		attributes: { dueOn: '2026-04-01', a1c: 6.1, tags: ['x'] }
	});
	const { rows } = await database.pool.query('select key, label, type, phi from attributes order by key');
	expect(rows).toEqual([
		{ key: 'a1c', label: 'A1c', type: 'number', phi: true },
		{ key: 'dueOn', label: 'Due on', type: 'date', phi: true },
		{ key: 'tags', label: 'Tags', type: 'list', phi: true }
	]);
});

test('what is left out stays, null empties, attributes merge one by one', async () => {
	await upsert({ id: 'p2', name: 'Ann', phone: '555', attributes: { a: 1, b: 'two' } });
	await upsert({ id: 'p2', phone: null, attributes: { b: null, c: true } });
	expect(await stored('p2')).toMatchObject({ name: 'Ann', phone: null, attributes: { a: 1, c: true } });
});

test('a contact named twice in one call is one contact, and the later word wins', async () => {
	const ids = await upsert(
		{ id: 'p3', name: 'Old', attributes: { a: 1 } },
		{ id: 'p4' },
		{ id: 'p3', name: 'New', attributes: { b: 2 } }
	);
	expect(ids[0]).toBe(ids[2]);
	expect(await stored('p3')).toMatchObject({ name: 'New', attributes: { a: 1, b: 2 } });
});

test('what changes nothing writes nothing', async () => {
	const patch = { id: 'p5', name: 'Ann', attributes: { a: 1 } };
	const [first] = await upsert(patch);
	const before = await stored('p5');
	const [second] = await upsert({ ...patch });
	expect(second).toBe(first);
	// `for update` locks the row without a new version of it; an update would leave another xmin.
	expect((await stored('p5'))?.xmin).toBe(before?.xmin);
});

test('a consent told twice is kept once', async () => {
	const consents = [{ kind: 'marketing' as const, grantedAt: now }];
	await upsert({ id: 'p6', consents });
	await upsert({ id: 'p6', consents: [...consents, { kind: 'text', topic: 'news', grantedAt: now }] });
	const { rows } = await database.pool.query(
		`select kind, topic from consents join contacts c on c.id = contact_id where public_id = 'p6' order by kind`
	);
	expect(rows).toEqual([
		{ kind: 'marketing', topic: null },
		{ kind: 'text', topic: 'news' }
	]);
});

test('writers of the same contacts in opposite orders do not dead-lock, and make each once', async () => {
	const ids = Array.from({ length: 20 }, (_, i) => ({ id: `q${i}`, attributes: { a: i } }));
	const all = await Promise.all(
		Array.from({ length: 6 }, (_, i) => upsert(...(i % 2 ? ids : ids.toReversed())))
	);
	expect(new Set(all.flat()).size).toBe(20);
});
