/** Somebody with the database in their hands: every sealed value that was changed, cut or moved is found, and stops nobody else. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inTransaction } from '../../src/lib/server/db/db.ts';
import {
	DISCLOSURE_PURPOSES,
	listDisclosures,
	recordDisclosure
} from '../../src/lib/server/people/disclosures.ts';
import { listHolds, placeHold } from '../../src/lib/server/people/holds.ts';
import { addRestriction, listRestrictions } from '../../src/lib/server/people/restrictions.ts';
import { findErased, retain } from '../../src/lib/server/people/retained.ts';
import { openDeferred, openQuestion, openReads } from '../../src/lib/server/people/payloads.ts';
import {
	openAnswer,
	openNotice,
	openRequest,
	sealAnswer,
	sealNotice,
	sealRequest
} from '../../src/lib/server/people/outgoing.ts';
import { getCaughtMail } from '../../src/lib/server/mail/caught-mail.ts';
import { openVault } from '../../src/lib/server/seal/vault.ts';
import { Clinic, draw, email } from '../support/journey.ts';
import { allContacts, allEvents, caughtHeads, triggersOf } from '../support/people.ts';
import { testRing } from '../support/vault.ts';

const FAR = new Date('9999-01-01T00:00:00Z');

let clinic: Clinic;
beforeAll(async () => {
	clinic = await Clinic.open();
	await clinic.attribute('age', 'number', true);
	await clinic.publish(
		'results',
		draw(
			{
				result: ['trigger.transactional', { event: 'lab.ready' }],
				adult: ['decide.if', { where: { attribute: 'age', op: '>=', value: 18 } }],
				mail: email(),
				wait: ['wait.approval', { by: 'owner', ask: 'Call {{ contact.age }}?', timeout: 'P1D' }],
				old: ['decide.if', { where: { attribute: 'age', op: '>=', value: 80 } }],
				end: ['exit', {}]
			},
			[
				'result -> adult',
				'adult.yes -> mail',
				'mail -> wait',
				'wait.approved -> end',
				'wait.timeout -> old',
				'old.no -> end'
			]
		)
	);
	await clinic.contacts(
		...['ann', 'bob'].map((id) => ({ id, email: `${id}@example.test`, attributes: { age: 40 } }))
	);
	await clinic.tell(['ann', 'bob'], 'lab.ready', { properties: { result: 'high' } });
	await clinic.settle();
	await clinic.contacts(
		...['cat', 'dan'].map((id) => ({ id, consents: [{ kind: 'marketing' as const, grantedAt: 0 }] }))
	);
	await clinic.publish(
		'one-a-year',
		draw(
			{
				more: ['trigger.transactional', { event: 'lab.more', limit: { contacts: 1, per: 'P1Y' } }],
				end: ['exit', {}]
			},
			['more -> end']
		)
	);
	await clinic.tell(['cat', 'ann', 'bob'], 'lab.more', { properties: { result: 'high' } });
	await clinic.settle();
	await inTransaction(clinic.pool, async (tx) => {
		const now = clinic.clock.now();
		const words = { words: 'at home only', email: null, phone: null };
		const told = {
			at: now,
			purpose: DISCLOSURE_PURPOSES[0],
			toWhom: 'A court',
			address: 'Main St',
			what: 'All of it'
		};
		for (const contactId of [1, 2]) {
			await addRestriction(tx, clinic.app.vault, { contactId, kind: 'disclosure', by: null, ...words }, now);
			await placeHold(tx, clinic.app.vault, { contactId, words: 'a law suit', by: null }, now);
			await recordDisclosure(tx, clinic.app.vault, { contactId, by: null, ...told }, now);
		}
		const keys = await clinic.app.vault.keysToSeal([1, 2]);
		for (const id of [1, 2]) {
			const key = keys.get(id);
			const request = { url: 'https://lab.example', method: 'POST', headers: {}, body: `of ${id}` };
			await tx.query(
				`insert into webhook_calls (id, enrollment_id, version_id, step, arrival, contact_id, visit_at, request, answer, state)
				 values ($1, $1, 1, 'call', 1, $1, now(), $2, $3, 'answered')`,
				[id, sealRequest(key, id, request), sealAnswer(key, id, id)]
			);
			await tx.query(
				`insert into notices (id, enrollment_id, version_id, step, arrival, contact_id, recipient, visit_at, sealed, state)
				 values ($1, $1, 1, 'tell', 1, $1, 'team@example.test', now(), $2, 'sent')`,
				[id, sealNotice(key, id, `of ${id}`)]
			);
		}
		for (const name of ['cat', 'dan']) {
			const contactId = clinic.idOf(name);
			await tx.query('insert into erasures (contact_id, erased_at) values ($1, now())', [contactId]);
			await retain(tx, clinic.app.vault, contactId, { publicId: name, name }, now);
		}
	});
});
afterAll(() => clinic.close());

interface Sealed {
	column: string;
	/** The primary key, of two rows of different people. */
	rows: [string, string];
	read(): Promise<unknown>;
}

async function callRows() {
	const keys = await clinic.app.vault.keysToOpen([1, 2]);
	const rows = await clinic.rows<{ id: number; contact_id: number; request: Buffer; answer: Buffer }>(
		'select id, contact_id, request, answer from webhook_calls'
	);
	return rows.map((row) => ({ keys, row }));
}

async function readPaths(): Promise<unknown> {
	const rows = await clinic.rows<Parameters<typeof openReads>[1]>('select * from step_paths');
	const keys = await clinic.app.vault.keysToOpen(rows.map((row) => row.contact_id));
	return rows.map((row) => openReads(keys, row));
}

async function readDeferred(): Promise<unknown> {
	const rows = await clinic.rows<Parameters<typeof openDeferred>[1]>('select * from deferred_entries');
	const keys = await clinic.app.vault.keysToOpen(rows.map((row) => row.contact_id));
	return rows.map((row) => openDeferred(keys, row));
}

async function readQuestions(): Promise<unknown> {
	const rows = await clinic.rows<Parameters<typeof openQuestion>[1]>(
		'select id, contact_id, asked_sealed as sealed from approvals'
	);
	const keys = await clinic.app.vault.keysToOpen(rows.map((row) => row.contact_id));
	return rows.map((row) => openQuestion(keys, row));
}

/** Reads with nothing in memory: a contact's key that is open is not looked at again. */
async function readAfresh(): Promise<unknown> {
	const vault = await openVault({ pool: clinic.pool, provider: testRing() });
	try {
		return await allContacts({ pool: clinic.pool, vault });
	} finally {
		await vault.close();
	}
}

const sealed: Sealed[] = [
	{ column: 'contacts.sealed', rows: ['id = 1', 'id = 2'], read: () => allContacts(clinic.database) },
	{ column: 'events.sealed', rows: ['id = 1', 'id = 2'], read: () => allEvents(clinic.database) },
	{
		column: 'enrollments.trigger_sealed',
		rows: ['id = 1', 'id = 2'],
		read: async () => [
			...(await triggersOf(clinic.database, { contactId: 1 })),
			...(await triggersOf(clinic.database, { contactId: 2 }))
		]
	},
	{
		column: 'step_paths.reads_sealed',
		rows: [
			'enrollment_id = 1 and reads_sealed is not null',
			'enrollment_id = 2 and reads_sealed is not null'
		],
		read: readPaths
	},
	{
		column: 'deferred_entries.payload_sealed',
		rows: ['contact_id = 1', 'contact_id = 2'],
		read: readDeferred
	},
	{ column: 'caught_mails.head', rows: ['id = 1', 'id = 2'], read: () => caughtHeads(clinic.database) },
	{ column: 'approvals.asked_sealed', rows: ['id = 1', 'id = 2'], read: readQuestions },
	{
		column: 'caught_mails.sealed',
		rows: ['id = 1', 'id = 2'],
		read: async () => [await getCaughtMail(clinic.database, 1), await getCaughtMail(clinic.database, 2)]
	},
	{
		column: 'webhook_calls.request',
		rows: ['id = 1', 'id = 2'],
		read: async () =>
			(await callRows()).map(({ keys, row }) => openRequest(keys, { ...row, request: row.request }))
	},
	{
		column: 'webhook_calls.answer',
		rows: ['id = 1', 'id = 2'],
		read: async () =>
			(await callRows()).map(({ keys, row }) => openAnswer(keys, { ...row, answer: row.answer }))
	},
	{
		column: 'notices.sealed',
		rows: ['id = 1', 'id = 2'],
		read: async () => {
			const keys = await clinic.app.vault.keysToOpen([1, 2]);
			const rows = await clinic.rows<Parameters<typeof openNotice>[1]>('select * from notices');
			return rows.map((row) => openNotice(keys, row));
		}
	},
	{
		column: 'restrictions.words_sealed',
		rows: ['id = 1', 'id = 2'],
		read: async () => [await listRestrictions(clinic.database, 1), await listRestrictions(clinic.database, 2)]
	},
	{
		column: 'legal_holds.reason_sealed',
		rows: ['id = 1', 'id = 2'],
		read: async () => [await listHolds(clinic.database, 1), await listHolds(clinic.database, 2)]
	},
	{
		column: 'disclosures.sealed',
		rows: ['id = 1', 'id = 2'],
		read: () => Promise.all([1, 2].map((id) => listDisclosures(clinic.database, id, new Date(0), FAR)))
	},
	{
		column: 'retained_people.sealed',
		rows: ['contact_id = 3', 'contact_id = 4'],
		read: async () => [await findErased(clinic.database, 3), await findErased(clinic.database, 4)]
	},
	{ column: 'contact_keys.wrapped', rows: ['contact_id = 1', 'contact_id = 2'], read: readAfresh }
];

/** Every column of bytes that is not a hash or a mark. */
test('no sealed column is forgotten here', async () => {
	const rows = await clinic.rows<{ column: string }>(
		`select table_name || '.' || column_name as column from information_schema.columns c
		join information_schema.tables t using (table_schema, table_name)
		where table_schema = 'public' and t.table_type = 'BASE TABLE' and data_type = 'bytea'
			and table_name !~ '_(other|\\d{4}_\\d\\d)$' and column_name !~ '(hash|mark)$' order by 1`
	);
	const elsewhere = [
		'audit_log.reason_sealed', // Only shown: audit-tamper.test.ts.
		'data_keys.wrapped', // Nothing opens at all: seal.test.ts.
		'passkeys.public_key' // Public, and not sealed.
	];
	expect(rows.map(({ column }) => column)).toEqual(
		[...sealed.map(({ column }) => column), ...elsewhere].sort()
	);
});

async function valueOf({ column, rows }: Sealed, which: 0 | 1): Promise<Buffer> {
	const [table = '', name = ''] = column.split('.');
	return (await clinic.one<{ value: Buffer }>(`select ${name} as value from ${table} where ${rows[which]}`))
		.value;
}

async function put({ column, rows }: Sealed, value: Buffer): Promise<void> {
	const [table = '', name = ''] = column.split('.');
	const { rowCount } = await clinic.pool.query(`update ${table} set ${name} = $1 where ${rows[0]}`, [value]);
	expect(rowCount).toBe(1);
}

test.each(sealed.map((each) => [each.column, each] as const))(
	'%s: a bit, a cut, another’s value and anything made up are found',
	async (_, each) => {
		await each.read();
		const good = await valueOf(each, 0);
		const flipped = [0, 1, 5, 15, 30, good.length - 1].map((at) => {
			const bad = Buffer.from(good);
			bad[at] = (bad[at] ?? 0) ^ 1;
			return bad;
		});
		const others = [await valueOf(each, 1), good.subarray(0, -1), Buffer.alloc(0), randomBytes(good.length)];
		for (const bad of [...flipped, ...others]) {
			await put(each, bad);
			await expect(each.read(), bad.toString('hex')).rejects.toMatchObject({
				name: 'SealError',
				code: expect.stringMatching(/^seal\.(tampered|unknown-key)$/) as unknown
			});
		}
		await put(each, good);
		await each.read();
	}
);

test('a wake that asks nothing about the person opens nothing, so it goes on; nothing that was changed leaves', async () => {
	await clinic.publish(
		'reminder',
		draw(
			{
				come: ['trigger.transactional', { event: 'visit.booked' }],
				day: ['wait.for', { duration: 'PT1M' }],
				mail: email(),
				end: ['exit', {}]
			},
			['come -> day', 'day -> mail', 'mail -> end']
		)
	);
	await clinic.contacts({ id: 'eve', email: 'eve@example.test' });
	await clinic.tell('eve', 'visit.booked');
	await clinic.settle();
	const row: Sealed = {
		column: 'contacts.sealed',
		rows: [`id = ${clinic.idOf('eve')}`, 'id = 2'],
		read: () => allContacts(clinic.database)
	};
	const good = await valueOf(row, 0);
	await put(row, randomBytes(good.length));
	await clinic.pass(60_000);
	expect(await clinic.states('eve')).toEqual({ exited: 1 });
	expect(
		await clinic.rows('select state, reason from messages where contact_id = $1', [clinic.idOf('eve')])
	).toEqual([{ state: 'blocked', reason: 'gate-error' }]);
	await put(row, good);
});

test('a person whose row was changed fails alone, visibly; the others of the batch go on', async () => {
	const row: Sealed = {
		column: 'contacts.sealed',
		rows: ['id = 1', 'id = 2'],
		read: () => allContacts(clinic.database)
	};
	const good = await valueOf(row, 0);
	await put(row, randomBytes(good.length));
	await clinic.pass(24 * 3_600_000);
	expect(await clinic.states('ann')).toEqual({ 'failed seal.tampered': 1 });
	expect(await clinic.states('bob')).toEqual({ exited: 1 });
});

test('an event of a person whose row was changed is set aside, and holds up nobody', async () => {
	await clinic.tell(['ann', 'bob'], 'lab.ready', { properties: { result: 'low' } });
	await clinic.settle();
	expect(await clinic.count('event_queue')).toBe(0);
	expect(await clinic.count('refusals where contact_id = $1', [clinic.idOf('bob')])).toBe(1);
	expect(await clinic.count('refusals where contact_id = $1', [clinic.idOf('ann')])).toBe(0);
});
