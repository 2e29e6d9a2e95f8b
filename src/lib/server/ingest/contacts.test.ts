import { afterAll, beforeAll, expect, test } from 'vitest';
import { cloneDatabase, type TestDatabase } from '../../../../tests/support/database.ts';
import { emailMark, findContact } from '../../../../tests/support/people.ts';
import { inTransaction } from '../db/db.ts';
import { upsertContacts, type ContactPatch } from './contacts.ts';

let database: TestDatabase;
beforeAll(async () => void (database = await cloneDatabase()));
afterAll(() => database.drop());

const now = Date.parse('2026-03-02T15:00:00Z');
const upsert = (...patches: ContactPatch[]) =>
	inTransaction(database.pool, (tx) => upsertContacts(tx, database.vault, patches, now));
const stored = (id: string) => findContact(database, id);

test('a new contact is made, and its attributes count as health information until somebody defines them', async () => {
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
	const { rows } = await database.pool.query(
		'select key, label, type, tag, defined_at from attributes order by key'
	);
	expect(rows).toEqual([
		{ key: 'a1c', label: 'A1c', type: 'number', tag: 'phi', defined_at: null },
		{ key: 'dueOn', label: 'Due on', type: 'date', tag: 'phi', defined_at: null },
		{ key: 'tags', label: 'Tags', type: 'list', tag: 'phi', defined_at: null }
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
		'select kind, topic from consents where contact_id = $1 order by kind',
		[(await stored('p6'))?.id]
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

test('what is not tagged as harmless stands nowhere readable, and is looked up by marks', async () => {
	await database.pool.query(
		`insert into attributes (key, label, type, tag, defined_at) values ('language', 'Language', 'text', 'none', now())`
	);
	await upsert({
		id: 'MRN-1',
		name: 'Canary Person',
		email: 'canary@example.org',
		phone: '+15550100',
		attributes: { language: 'es', diagnosis: 'canary-diagnosis' }
	});
	const { rows } = await database.pool.query<{ row: string; attributes: unknown }>(
		'select c::text as row, attributes from contacts c where email_mark = $1',
		[emailMark(database, ' Canary@Example.ORG ')]
	);
	expect(rows[0]?.attributes).toEqual({ language: 'es' });
	expect(rows[0]?.row).not.toMatch(/canary|MRN-1|5550100/i);
	expect(await stored('MRN-1')).toMatchObject({
		attributes: { language: 'es', diagnosis: 'canary-diagnosis' }
	});
});
