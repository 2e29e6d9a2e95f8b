import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AuditEntryError } from '../../src/lib/server/audit/entry.ts';
import { exportAudit } from '../../src/lib/server/audit/export.ts';
import { findAudit, type AuditFilter } from '../../src/lib/server/audit/find.ts';
import { inAuditedTransaction, recordAudit } from '../../src/lib/server/audit/record.ts';
import { inTransaction, openPool } from '../../src/lib/server/db/db.ts';
import { append, exportLines, kinds, NOON, tamper, verdictOn } from '../support/audit-log.ts';
import { cloneDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => void (database = await cloneDatabase()));
beforeEach(() => tamper(database.pool, ['delete from audit_log']));
afterAll(() => database.drop());

const count = async () =>
	(await database.pool.query<{ n: number }>('select count(*) as n from audit_log')).rows[0]?.n;

test('entries come back as they were given, in a chain from one', async () => {
	await append(database.pool, 3);
	const lines = (await exportLines(database.pool)).map((line) => JSON.parse(line) as Record<string, unknown>);
	expect(lines).toMatchObject([
		{
			id: 1,
			at: '2026-03-02T12:00:00.000000Z',
			actorKind: 'user',
			actorId: '7',
			actorName: 'Ann Marketer',
			action: 'phi.read',
			subjectKind: 'contact',
			subjectIds: ['12'],
			fields: ['birthDate', 'name'],
			reason: 'care',
			reasonSealed: 'AAEC/w==',
			ip: '2001:db8::1',
			requestId: 'r-1',
			details: { page: 'contact', version: 3 },
			previousHash: '0'.repeat(64)
		},
		{ id: 2, subjectIds: ['12', '13', '14'], ip: '192.0.2.1', details: {} },
		{ id: 3, actorName: null, subjectKind: null, subjectIds: [], fields: [], reason: null, ip: null }
	]);
	expect(lines[1]?.previousHash).toBe(lines[0]?.hash);
	expect(await verdictOn(database.pool)).toMatchObject({
		verified: { count: 3, first: { id: 1 }, last: { id: 3 } }
	});
});

test('text that is hard to spell, and long sealed reasons, keep their hash', async () => {
	await inTransaction(database.pool, (tx) =>
		recordAudit(tx, [
			{
				at: NOON,
				actor: { kind: 'user', id: '1', name: 'Zoë "𝔸" \\u0041 \u2028 {},\n\t\u0007' },
				action: 'contact.read',
				ip: '::ffff:192.0.2.1',
				reasonSealed: Buffer.alloc(300, 7),
				details: { b: ['', 'NULL', '\u2029{"x"}'], a: { z: Number.MAX_SAFE_INTEGER, y: -0, x: [] } }
			}
		])
	);
	expect(await verdictOn(database.pool)).toMatchObject({ verified: { count: 1 } });
	const [line] = await exportLines(database.pool);
	expect(JSON.parse(line ?? '')).toMatchObject({ ip: '192.0.2.1' });
});

test('an effect and its entry commit together', async () => {
	await inAuditedTransaction(database.pool, async (tx, audit) => {
		audit({ at: NOON, actor: { kind: 'user', id: '1' }, action: 'setting.update' });
		await tx.query(`insert into settings (key, value) values ('audit-test', '1')`);
	});
	expect(await count()).toBe(1);
});

test('a transaction that is rolled back leaves neither effect nor entry, and no gap', async () => {
	const failing = inAuditedTransaction(database.pool, async (tx, audit) => {
		audit({ at: NOON, actor: { kind: 'user', id: '1' }, action: 'setting.update' });
		await tx.query(`insert into settings (key, value) values ('audit-failed', '1')`);
		throw new Error('changed my mind');
	});
	await expect(failing).rejects.toThrow('changed my mind');
	const late = inTransaction(database.pool, async (tx) => {
		await recordAudit(tx, kinds);
		throw new Error('too late');
	});
	await expect(late).rejects.toThrow('too late');
	expect(await count()).toBe(0);
	await append(database.pool, 1);
	expect(await verdictOn(database.pool)).toMatchObject({ verified: { count: 1, first: { id: 1 } } });
});

test('an entry that is refused takes its effect with it', async () => {
	const leaking = inAuditedTransaction(database.pool, async (tx, audit) => {
		audit({ at: NOON, actor: { kind: 'user', id: '1' }, action: 'contact.read', fields: ['has diabetes'] });
		await tx.query(`insert into settings (key, value) values ('audit-refused', '1')`);
	});
	await expect(leaking).rejects.toThrow(AuditEntryError);
	const left = await database.pool.query(`select from settings where key = 'audit-refused'`);
	expect(left.rowCount).toBe(0);
});

test('the database refuses long text in the details too, whoever writes it', async () => {
	const write = (details: unknown) =>
		database.pool.query(
			`insert into audit_log (id, at, actor_kind, actor_id, action, details, previous_hash, hash)
			 values (1, now(), 'user', '1', 'a.b', $1, $2, $2)`,
			[JSON.stringify(details), Buffer.alloc(32)]
		);
	await expect(write({ deep: [{ note: `${'x'.repeat(100)}\n${'x'.repeat(100)}` }] })).rejects.toThrow(
		/details_check/
	);
	await expect(write(['a list'])).rejects.toThrow(/details_check/);
	await write({ note: 'x'.repeat(200) });
});

test('an entry without an actor is refused by the database', async () => {
	const write = database.pool.query(
		`insert into audit_log (id, at, actor_kind, action, previous_hash, hash) values (1, now(), 'user', 'a.b', $1, $1)`,
		[Buffer.alloc(32)]
	);
	await expect(write).rejects.toThrow(/actor_id/);
});

test('fifty writers at once, some of whom give up, keep one chain without a gap', async () => {
	const many = openPool(database.url, 30);
	try {
		await Promise.all(
			Array.from({ length: 50 }, async (_, writer) => {
				for (let round = 0; round < 6; round++) {
					const work = inTransaction(many, async (tx) => {
						await recordAudit(tx, kinds.slice(0, 1 + ((writer + round) % 3)));
						if (writer % 5 === 0 && round % 2 === 0) throw new Error('given up');
						await recordAudit(tx, kinds.slice(0, 1));
					});
					await work.catch((error: Error) => expect(error.message).toBe('given up'));
				}
			})
		);
	} finally {
		await many.end();
	}
	const total = (await count()) ?? 0;
	expect(total).toBeGreaterThan(500);
	expect(await verdictOn(database.pool)).toMatchObject({
		verified: { count: total, first: { id: 1 }, last: { id: total } }
	});
});

test('a hasty session waits for the disk when it audits', async () => {
	const setting = await inTransaction(database.pool, async (tx) => {
		await tx.query('set local synchronous_commit = off');
		await recordAudit(tx, kinds);
		return (await tx.query<{ value: string }>(`select current_setting('synchronous_commit') as value`))
			.rows[0]?.value;
	});
	expect(setting).toBe('on');
});

test.each<[string, AuditFilter, number[]]>([
	['nothing asked', {}, [9, 8, 7, 6, 5, 4, 3, 2, 1]],
	['an actor', { actor: { kind: 'key', id: 'k1' } }, [8, 5, 2]],
	['an action', { action: 'send.blocked' }, [9, 6, 3]],
	['a subject among many', { subject: { kind: 'contact', id: '13' } }, [8, 5, 2]],
	['a subject of another kind', { subject: { kind: 'user', id: '13' } }, []],
	['a time', { from: NOON + 1, until: NOON + 2 }, [8, 5, 2]],
	['an actor who did not do it', { actor: { kind: 'key', id: 'k1' }, action: 'phi.read' }, []],
	[
		'all at once',
		{
			actor: { kind: 'user', id: '7' },
			action: 'phi.read',
			subject: { kind: 'contact', id: '12' },
			from: NOON,
			until: NOON + 1
		},
		[7, 4, 1]
	]
])('looking up by %s', async (_, filter, ids) => {
	for (let round = 0; round < 3; round++) await append(database.pool, 3);
	const { entries, next } = await findAudit(database.pool, filter);
	expect(entries.map(({ id }) => id).sort()).toEqual([...ids].sort());
	expect(next).toBeNull();
	const exported: number[] = [];
	for await (const line of exportAudit(database.pool, filter))
		exported.push((JSON.parse(line) as { id: number }).id);
	expect(exported).toEqual([...ids].reverse());
});

test('pages follow each other without a hole or a repeat, while entries are added', async () => {
	await append(database.pool, 10, NOON);
	const seen: number[] = [];
	let cursor: string | null = null;
	do {
		const page = await findAudit(database.pool, { until: NOON + 1 }, cursor, 3);
		seen.push(...page.entries.map(({ id }) => id));
		await append(database.pool, 1, NOON + 5);
		cursor = page.next;
	} while (cursor);
	expect(seen).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
});

test('a cursor that was made up counts as none', async () => {
	await append(database.pool, 2);
	for (const cursor of [`1'; drop table audit_log`, '', '-1', '2026-02-31'])
		expect((await findAudit(database.pool, {}, cursor)).entries).toHaveLength(2);
	expect(await findAudit(database.pool, {}, '99')).toEqual({ entries: [], next: null });
});
