/** An installation from before people's data was sealed, and what becomes of it at its first start with this version. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyUpTo, makePartitions, migrate } from '../../src/lib/server/db/migrate.ts';
import { inTransaction } from '../../src/lib/server/db/db.ts';
import { recordEvents } from '../../src/lib/server/ingest/record.ts';
import { getCaughtMail } from '../../src/lib/server/mail/caught-mail.ts';
import { openReads } from '../../src/lib/server/people/payloads.ts';
import { sealExisting } from '../../src/lib/server/people/seal-existing.ts';
import { openVault, type Vault } from '../../src/lib/server/seal/vault.ts';
import { createEmptyDatabase, type TestDatabase } from '../support/database.ts';
import { allContacts, allEvents, caughtHeads, emailMark, triggersOf } from '../support/people.ts';
import { testRing } from '../support/vault.ts';

const raw = 'Subject: Your result\r\nFrom: care@clinic.test\r\nTo: ann@example.test\r\n\r\ncanary-body';

let database: TestDatabase;
let vault: Vault;

beforeAll(async () => {
	const bare = await createEmptyDatabase();
	const { pool } = bare;
	const client = await pool.connect();
	await applyUpTo(client, 'drizzle', '0004_audit');
	await makePartitions(client);
	client.release();
	await pool.query(`insert into attributes (key, label, type, phi) values
		('language', 'Language', 'text', false), ('diagnosis', 'Diagnosis', 'text', true)`);
	await pool.query(`insert into contacts (public_id, name, email, phone, timezone, attributes) values
		('MRN-canary', 'Ann Canary', 'ann@canary.test', '+15550100', 'America/New_York', '{"language":"es","diagnosis":"canary-diagnosis"}'),
		('p2', null, null, null, null, '{}')`);
	await pool.query(
		`insert into suppressions (email, scope, reason, source) values ('ann@canary.test', 'all', 'bounced', 'test')`
	);
	await pool.query(`insert into journeys (slug, name, draft) values ('j', 'J', '{}')`);
	await pool.query(
		`insert into journey_versions (journey_id, number, document, plan) values (1, 1, '{}', '{}')`
	);
	await pool.query(`insert into events (contact_id, name, properties, occurred_at, received_at, source) values
		(1, 'lab.ready', '{"result":"canary-result"}', now(), now(), 'api:k'), (1, 'email.opened', '{"step":"mail"}', now(), now(), 'tracking')`);
	await pool.query(`insert into event_keys (source, key, event_id) values ('api:k', 'canary-key', 1)`);
	await pool.query(`insert into enrollments (contact_id, journey_id, version_id, state, step, arrived_at, due_at, trigger, entered_at) values
		(1, 1, 1, 'active', 's', now(), now(), '{"result":"canary-trigger"}', now())`);
	await pool.query(
		`insert into enrollment_keys (contact_id, journey_id, key, enrollment_id) values (1, 1, 'key:canary-visit', 1)`
	);
	await pool.query(
		`insert into step_paths (enrollment_id, seq, version_id, contact_id, at, first_at, continues, steps, outcomes, reads) values
		(1, 1, 1, 1, now(), now(), false, array['s'], array['yes'], $1), (1, 2, 1, 1, now(), now(), false, array['s'], array['yes'], $2)`,
		[
			JSON.stringify([[{ what: 'attribute:diagnosis', value: 'canary-read', holds: true, phi: true }]]),
			JSON.stringify([[{ what: 'message:mail opened', value: true, holds: true }]])
		]
	);
	await pool.query(
		`insert into messages (enrollment_id, version_id, step, arrival, contact_id, purpose, marketing, visit_at, state)
		values (1, 1, 's', 1, 1, 'treatment', false, now(), 'sent')`
	);
	await pool.query(
		`insert into caught_mails (message_id, caught_at, envelope_from, envelope_to, subject, raw) values
		(1, now(), 'care@clinic.test', array['ann@canary.test'], 'canary-subject', $1), (null, now(), 'care@clinic.test', array['maya@clinic.test'], 'Test', $1)`,
		[Buffer.from(raw)]
	);
	// Somebody looks on meanwhile, as autovacuum does: what they might still ask for must go all the same.
	const onlooker = await pool.connect();
	await onlooker.query('begin isolation level repeatable read');
	await onlooker.query('select 1');
	await migrate(pool, 'drizzle', async () => {
		const first = await openVault({ pool, provider: testRing() });
		await sealExisting(pool, first);
		await first.close();
	});
	await onlooker.query('rollback');
	onlooker.release();
	vault = await openVault({ pool, provider: testRing() });
	database = { ...bare, vault };
});
afterAll(async () => {
	await vault.close();
	await database.drop();
});

test('nothing is lost: people, payloads, reads and mail are as they were', async () => {
	expect(await allContacts(database)).toMatchObject([
		{
			publicId: 'MRN-canary',
			name: 'Ann Canary',
			email: 'ann@canary.test',
			phone: '+15550100',
			timezone: 'America/New_York',
			attributes: { language: 'es', diagnosis: 'canary-diagnosis' }
		},
		{ publicId: 'p2', name: null, email: null, attributes: {} }
	]);
	expect((await allEvents(database)).map(({ properties }) => properties)).toEqual([
		{ result: 'canary-result' },
		{ step: 'mail' }
	]);
	expect(await triggersOf(database, { contactId: 1 })).toEqual([{ result: 'canary-trigger' }]);
	const { rows } = await database.pool.query<Parameters<typeof openReads>[1]>(
		'select * from step_paths order by seq'
	);
	const keys = await vault.keysToOpen([1]);
	expect(rows.map((row) => openReads(keys, row))).toMatchObject([
		[[{ value: 'canary-read' }]],
		[[{ what: 'message:mail opened' }]]
	]);
	expect(await caughtHeads(database)).toMatchObject([
		{ subject: 'canary-subject', to: ['ann@canary.test'] },
		{ subject: 'Test', to: ['maya@clinic.test'] }
	]);
	expect((await getCaughtMail(database, 1)).source).toBe(raw);
});

test('nothing of it can be read in any table', async () => {
	const { rows: tables } = await database.pool.query<{ name: string }>(
		`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`
	);
	for (const { name } of tables) {
		const { rows } = await database.pool.query<{ text: string }>(`select t::text as text from "${name}" t`);
		expect(rows.map(({ text }) => text).join('\n'), name).not.toMatch(/canary|5550100/i);
	}
});

test('what was known by its key is known by it still: suppressed addresses, used keys, events told again', async () => {
	const { rows } = await database.pool.query('select from suppressions where email_mark = $1', [
		emailMark(database, 'Ann@Canary.test')
	]);
	expect(rows).toHaveLength(1);
	const again = {
		contactId: 1,
		name: 'lab.ready',
		properties: {},
		occurredAt: Date.now(),
		receivedAt: Date.now(),
		source: 'api:k',
		key: 'canary-key'
	};
	expect(await inTransaction(database.pool, (tx) => recordEvents(tx, vault, [again]))).toEqual([
		{ id: null }
	]);
	const keys = await database.pool.query<{ key: string }>('select key from enrollment_keys');
	expect(keys.rows[0]?.key).toMatch(/^key:[\w-]{22}$/);
});

test('the attributes of before are defined, and stand where their tag says', async () => {
	const { rows } = await database.pool.query(
		'select key, tag, defined_at is null as quarantined from attributes order by key'
	);
	expect(rows).toEqual([
		{ key: 'diagnosis', tag: 'phi', quarantined: false },
		{ key: 'language', tag: 'none', quarantined: false }
	]);
	const { rows: plain } = await database.pool.query('select attributes from contacts order by id');
	expect(plain).toEqual([{ attributes: { language: 'es' } }, { attributes: {} }]);
});

test('the files of the tables hold nothing of it either', async () => {
	await database.pool.query('checkpoint');
	const { rows } = await database.pool.query<{ name: string; bytes: Buffer }>(
		`select c.relname as name, pg_read_binary_file(pg_relation_filepath(c.oid)) as bytes
		from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname in ('public', 'pg_toast') and c.relkind in ('r', 'i', 't')`
	);
	expect(rows.length).toBeGreaterThan(50);
	for (const { name, bytes } of rows) expect(bytes.toString('latin1'), name).not.toMatch(/canary|5550100/i);
});
