import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { signCheckpoint, type Checkpoint } from '../../src/lib/server/audit/checkpoint.ts';
import { checkpointAudit, openCheckpoints } from '../../src/lib/server/audit/checkpoints.ts';
import { hashOf, NO_HASH } from '../../src/lib/server/audit/encode.ts';
import { listAuditAfter } from '../../src/lib/server/audit/find.ts';
import { verifyAudit } from '../../src/lib/server/audit/verify.ts';
import {
	append,
	exportLines,
	freshCheckpoints,
	kinds,
	NOON,
	signedBy,
	tamper,
	verdictOn
} from '../support/audit-log.ts';
import { cloneDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let fresh: ReturnType<typeof freshCheckpoints>;
beforeAll(async () => void (database = await cloneDatabase()));
afterAll(() => database.drop());
beforeEach(async () => {
	fresh = freshCheckpoints();
	await tamper(database.pool, ['delete from audit_log']);
	await append(database.pool, 12);
});
afterEach(() => fresh.drop());

const ENTRIES = 12;

/** A checkpoint after entry 12, six entries more, and another. */
async function signTwice(): Promise<void> {
	await sign(NOON + 1000);
	await append(database.pool, 6);
	await sign(NOON + 2000);
}

async function sign(now: number): Promise<void> {
	const outcome = await checkpointAudit(database.pool, fresh.checkpoints, now);
	expect(outcome).toMatchObject({ written: { kind: 'head' } });
}

/** Each entry from `id` on as if it had been written so: with hashes and links that fit. */
async function rechain(id: number): Promise<void> {
	const [before] = id > 1 ? await listAuditAfter(database.pool, id - 2, 1) : [];
	let previousHash = before?.hash ?? NO_HASH;
	const changes: [string, unknown[]][] = [];
	for (const entry of await listAuditAfter(database.pool, id - 1, 1000)) {
		const hash = hashOf({ ...entry, previousHash });
		changes.push([
			`update audit_log set previous_hash = decode($2, 'hex'), hash = decode($3, 'hex') where id = $1`,
			[entry.id, previousHash, hash]
		]);
		previousHash = hash;
	}
	await tamper(database.pool, ...changes);
}

const changes: Record<string, string[]> = {
	id: ['id + 1000'],
	at: [`at + interval '1 microsecond'`, `at - interval '1 day'`],
	actor_kind: [`case actor_kind when 'user' then 'key' else 'user' end`],
	actor_id: [`actor_id || '0'`],
	actor_name: [`coalesce(actor_name, '') || 'x'`, 'null'],
	action: [`'contact.export'`],
	subject_kind: [`coalesce(subject_kind, '') || 'x'`, 'null'],
	subject_ids: [`array_append(subject_ids, '99')`, `'{}'`],
	fields: [`array_append(fields, 'email')`, `'{}'`],
	reason: [`coalesce(reason, '') || 'x'`, 'null'],
	reason_sealed: [`coalesce(reason_sealed, '') || '\\x00'`, 'null'],
	ip: [`coalesce(ip + 1, '192.0.2.9')`, 'null'],
	request_id: [`coalesce(request_id, '') || 'x'`, 'null'],
	details: [`details || '{"x": 1}'`, `'{}'`],
	previous_hash: ['set_byte(previous_hash, 31, get_byte(previous_hash, 31) # 1)'],
	hash: ['set_byte(hash, 0, get_byte(hash, 0) # 128)']
};

test('every column of the table is among those that are tampered with', async () => {
	const { rows } = await database.pool.query<{ name: string }>(
		`select attname as name from pg_attribute where attrelid = 'audit_log'::regclass and attnum > 0 and not attisdropped`
	);
	expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(changes).sort());
});

test.each(
	Object.entries(changes).flatMap(([column, expressions]) =>
		expressions.map((expression) => [column, expression] as const)
	)
)('%s set to %s is found in a row of each kind', async (column, expression) => {
	const tampered: number[] = [];
	for (const id of kinds.map((_, index) => index + 4)) {
		if (!(await isChange(id, column, expression))) continue;
		await tamper(database.pool, [`update audit_log set ${column} = ${expression} where id = $1`, [id]]);
		expect(await verdictOn(database.pool)).toMatchObject({
			fault:
				column === 'id'
					? { code: 'entry.gap', id: id + 1, line: id }
					: { code: 'entry.changed', id, line: id }
		});
		tampered.push(id);
		await tamper(database.pool, ['delete from audit_log']);
		await append(database.pool, ENTRIES);
	}
	expect(tampered.length).toBeGreaterThanOrEqual(
		expression === 'null' || expression === `'{}'` ? 1 : kinds.length
	);
});

/** False where a row of this kind has nothing there to be taken away. */
async function isChange(id: number, column: string, expression: string): Promise<boolean> {
	const { rows } = await database.pool.query<{ changes: boolean }>(
		`select ${column} is distinct from (${expression}) as changes from audit_log where id = $1`,
		[id]
	);
	return rows[0]?.changes ?? false;
}

test.each<[string, string[], object]>([
	[
		'a row deleted in the middle',
		['delete from audit_log where id = 6'],
		{ code: 'entry.gap', id: 7, line: 6 }
	],
	['the first rows deleted', ['delete from audit_log where id < 4'], { code: 'entry.start', id: 4, line: 1 }],
	[
		'two rows that changed places',
		[
			'update audit_log set id = -id where id in (5, 8)',
			'update audit_log set id = case id when -5 then 8 else 5 end where id < 0'
		],
		{ code: 'entry.changed', id: 5, line: 5 }
	],
	[
		'a row put in between, the later ones moved on',
		[
			'update audit_log set id = id + 1000 where id > 6',
			'insert into audit_log select 7, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_ids, fields, reason, reason_sealed, ip, request_id, details, hash, hash from audit_log where id = 6',
			'update audit_log set id = id - 999 where id > 1000'
		],
		{ code: 'entry.changed', id: 7, line: 7 }
	]
])('%s is found where it begins', async (_, statements, fault) => {
	await database.pool.query('alter table audit_log drop constraint if exists audit_log_id_check');
	await tamper(database.pool, ...statements.map((statement) => [statement] as [string]));
	expect(await verdictOn(database.pool)).toEqual({ fault: expect.objectContaining(fault) });
});

test('lines that changed places in the file are found', async () => {
	const lines = await exportLines(database.pool);
	[lines[3], lines[4]] = [lines[4] ?? '', lines[3] ?? ''];
	expect(await verifyAudit(lines)).toMatchObject({ fault: { code: 'entry.gap', id: 5, line: 4 } });
	const twice = await exportLines(database.pool);
	twice.splice(4, 0, twice[3] ?? '');
	expect(await verifyAudit(twice)).toMatchObject({ fault: { code: 'entry.order', id: 4, line: 5 } });
});

test('an end that was cut off is found by the checkpoint, and by nothing else', async () => {
	await signTwice();
	await tamper(database.pool, ['delete from audit_log where id > 15']);
	expect(await verdictOn(database.pool)).toMatchObject({ verified: { count: 15 } });
	expect(await verdictOn(database.pool, fresh.checkpoints)).toMatchObject({
		fault: { code: 'entry.cut', id: 18, line: 16 }
	});
	expect(await checkpointAudit(database.pool, fresh.checkpoints, NOON + 3000)).toMatchObject({
		fault: { code: 'entry.cut', id: 18 }
	});
});

test('an end that was cut off and grown again is found by the checkpoint', async () => {
	await signTwice();
	await tamper(database.pool, ['delete from audit_log where id > 15']);
	await append(database.pool, 6, NOON + 5000);
	expect(await verdictOn(database.pool)).toMatchObject({ verified: { count: 21 } });
	expect(await verdictOn(database.pool, fresh.checkpoints)).toMatchObject({
		fault: { code: 'entry.rewritten', id: 18, line: 18 }
	});
	expect(await checkpointAudit(database.pool, fresh.checkpoints, NOON + 6000)).toMatchObject({
		fault: { code: 'entry.rewritten', id: 18 }
	});
});

test('a chain written anew from the middle, with hashes that fit, is found by the next checkpoint', async () => {
	await signTwice();
	await tamper(database.pool, [`update audit_log set actor_id = '8' where id = 7`]);
	await rechain(7);
	expect(await verdictOn(database.pool)).toMatchObject({ verified: { count: 18 } });
	expect(await verdictOn(database.pool, fresh.checkpoints)).toMatchObject({
		fault: { code: 'entry.rewritten', id: 12, line: 12 }
	});
	expect(await checkpointAudit(database.pool, fresh.checkpoints, NOON + 3000)).toMatchObject({
		fault: { code: 'entry.rewritten', id: 18 }
	});
});

test('nothing is signed over an entry that was changed since the last checkpoint', async () => {
	await signTwice();
	await append(database.pool, 3);
	await tamper(database.pool, [`update audit_log set actor_id = '8' where id = 20`]);
	expect(await checkpointAudit(database.pool, fresh.checkpoints, NOON + 3000)).toMatchObject({
		fault: { code: 'entry.changed', id: 20 }
	});
	expect(signedBy(fresh.checkpoints).lines).toHaveLength(2);
});

test('what was written after the last checkpoint can be written anew unseen: the verdict says up to where it vouches', async () => {
	await sign(NOON + 1000);
	await append(database.pool, 6);
	await tamper(database.pool, [`update audit_log set actor_id = '8' where id = 15`]);
	await rechain(15);
	expect(await verdictOn(database.pool, fresh.checkpoints)).toMatchObject({
		verified: { count: 18, signedUpTo: 12 }
	});
});

test('a checkpoint whose facts were changed is found at its line', async () => {
	await signTwice();
	const lines = signedBy(fresh.checkpoints).lines;
	const second = JSON.parse(lines[1] ?? '') as Checkpoint;
	for (const change of [
		{ id: 17 },
		{ hash: NO_HASH },
		{ at: '2026-03-02T12:00:03.000Z' },
		{ count: 1 },
		{ kind: 'purge' }
	]) {
		writeFileSync(fresh.checkpoints.file, `${lines[0]}\n${JSON.stringify({ ...second, ...change })}\n`);
		expect(await verdictOn(database.pool, fresh.checkpoints)).toMatchObject({
			fault: { code: 'checkpoint.forged', source: 'checkpoints', line: 2 }
		});
		expect(await checkpointAudit(database.pool, fresh.checkpoints, NOON + 3000)).toMatchObject({
			fault: { code: 'checkpoint.forged' }
		});
	}
});

test('a checkpoint signed with another key is found, also under the id of ours', async () => {
	await sign(NOON + 1000);
	const other = freshCheckpoints();
	try {
		const { lines } = signedBy(fresh.checkpoints);
		const facts = {
			kind: 'head',
			id: 12,
			hash: (JSON.parse(lines[0] ?? '') as Checkpoint).hash,
			count: 12
		} as const;
		const foreign = signCheckpoint({ ...facts, at: NOON }, other.checkpoints.key);
		for (const [line, code] of [
			[foreign, 'checkpoint.key'],
			[{ ...foreign, key: fresh.checkpoints.key.id }, 'checkpoint.forged']
		] as const) {
			writeFileSync(fresh.checkpoints.file, `${lines[0]}\n${JSON.stringify(line)}\n`);
			expect(await verdictOn(database.pool, fresh.checkpoints)).toMatchObject({ fault: { code, line: 2 } });
		}
	} finally {
		other.drop();
	}
});

test('checkpoints that go backwards, contradict each other or miscount are found', async () => {
	await signTwice();
	const [first = '', second = ''] = signedBy(fresh.checkpoints).lines;
	const { hash } = JSON.parse(first) as Checkpoint;
	const { key } = fresh.checkpoints;
	const sealed = (facts: { id: number; hash: string; count: number }) =>
		JSON.stringify(signCheckpoint({ kind: 'head', at: NOON, ...facts }, key));
	for (const [lines, code, line] of [
		[[first, second, first], 'checkpoint.backwards', 3],
		[[first, sealed({ id: 12, hash: NO_HASH, count: 12 })], 'checkpoint.contradicts', 2],
		[[sealed({ id: 12, hash, count: 11 }), second], 'checkpoint.count', 1],
		[[first, 'no checkpoint', second], 'checkpoint.unreadable', 2]
	] as const) {
		writeFileSync(fresh.checkpoints.file, `${lines.join('\n')}\n`);
		expect(await verdictOn(database.pool, fresh.checkpoints)).toMatchObject({ fault: { code, line } });
	}
});

test('a checkpoint that a power cut left unfinished counts for nothing, and the next one takes its line', async () => {
	await signTwice();
	const whole = readFileSync(fresh.checkpoints.file, 'utf8');
	truncateSync(fresh.checkpoints.file, whole.length - 20);
	expect(await verdictOn(database.pool, fresh.checkpoints)).toMatchObject({
		verified: { checkpoints: 1, signedUpTo: 12 }
	});
	await sign(NOON + 3000);
	appendFileSync(fresh.checkpoints.file, '{"form');
	await append(database.pool, 1);
	await sign(NOON + 4000);
	expect(await verdictOn(database.pool, fresh.checkpoints)).toMatchObject({
		verified: { checkpoints: 3, signedUpTo: 19 }
	});
});

test('a key that was lost is followed by another, and both vouch', async () => {
	await sign(NOON + 1000);
	const { folder, checkpoints } = fresh;
	rmSync(`${folder}/keys/audit-ed25519.json`);
	const again = openCheckpoints(folder);
	expect(again.key.id).not.toBe(checkpoints.key.id);
	await append(database.pool, 1);
	expect(await checkpointAudit(database.pool, again, NOON + 2000)).toMatchObject({ written: { id: 13 } });
	expect(await verdictOn(database.pool, again)).toMatchObject({
		verified: { checkpoints: 2, signedUpTo: 13 }
	});
});
