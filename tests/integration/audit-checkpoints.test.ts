import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkpointAudit, openCheckpoints } from '../../src/lib/server/audit/checkpoints.ts';
import { AuditRetentionError, purgeAudit } from '../../src/lib/server/audit/purge.ts';
import { inTransaction } from '../../src/lib/server/db/db.ts';
import {
	append,
	exportLines,
	freshCheckpoints,
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
});
afterEach(() => fresh.drop());

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const check = (now: number, due?: { entries: number; ms: number }) =>
	checkpointAudit(database.pool, fresh.checkpoints, now, due);
const isWritten = async (now: number, due?: { entries: number; ms: number }) => {
	const outcome = await check(now, due);
	if ('fault' in outcome) throw new Error(outcome.fault.message);
	return outcome.written?.id ?? null;
};

/** The instant so long ago by the calendar, as the database counts. */
async function ago(interval: string): Promise<number> {
	const { rows } = await database.pool.query<{ at: Date }>('select now() - $1::interval as at', [interval]);
	return rows[0]?.at.getTime() ?? 0;
}

const purge = (before: number) =>
	inTransaction(database.pool, (tx) =>
		purgeAudit(tx, before, { actor: { kind: 'system', id: 'tidy' }, at: NOON }, fresh.checkpoints)
	);

test('a checkpoint is due after so many entries, or so long after the last one, and only for something new', async () => {
	const due = { entries: 5, ms: 60 * MINUTE };
	expect(await isWritten(NOON, due)).toBeNull();
	await append(database.pool, 1);
	expect(await isWritten(NOON, due)).toBe(1);
	await append(database.pool, 4);
	expect(await isWritten(NOON + 59 * MINUTE, due)).toBeNull();
	expect(await isWritten(NOON + 60 * MINUTE, due)).toBe(5);
	expect(await isWritten(NOON + DAY, due)).toBeNull();
	await append(database.pool, 5);
	expect(await isWritten(NOON + DAY, due)).toBe(10);
	expect(await verdictOn(database.pool, fresh.checkpoints)).toMatchObject({
		verified: { checkpoints: 3, signedUpTo: 10 }
	});
});

test('two that check at once write one checkpoint', async () => {
	await append(database.pool, 3);
	const outcomes = await Promise.all([1, 2, 3].map(() => isWritten(NOON)));
	expect(outcomes.filter((id) => id === 3)).toHaveLength(1);
	expect(signedBy(fresh.checkpoints).lines).toHaveLength(1);
});

test('only their owner may read the private key and the checkpoints, and the same key is found again', async () => {
	await append(database.pool, 1);
	await check(NOON);
	const modes = ['keys', 'keys/audit-ed25519.json', 'audit/checkpoints.jsonl'].map(
		(path) => statSync(join(fresh.folder, path)).mode & 0o777
	);
	expect(modes).toEqual([0o700, 0o600, 0o600]);
	expect(readFileSync(join(fresh.folder, 'audit', 'public-keys.json'), 'utf8')).not.toContain('rivate');
	expect(openCheckpoints(fresh.folder).key.id).toBe(fresh.checkpoints.key.id);
});

test('entries of the last six years stay: 5 years and 364 days are refused', async () => {
	await append(database.pool, 3, await ago('7 years'));
	await expect(purge(await ago('5 years 364 days'))).rejects.toThrow(AuditRetentionError);
	expect(await exportLines(database.pool)).toHaveLength(3);
	expect(() => signedBy(fresh.checkpoints)).toThrow(/ENOENT/);
});

test('entries older than six years and a day go, and the log is verified from the signed checkpoint on', async () => {
	await append(database.pool, 4, await ago('6 years 2 days'));
	await append(database.pool, 3, await ago('1 year'));
	await check(NOON);
	expect(await purge(await ago('6 years 1 day'))).toBe(4);
	const lines = await exportLines(database.pool);
	expect(lines.map((line) => (JSON.parse(line) as { id: number }).id)).toEqual([5, 6, 7, 8]);
	expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
		action: 'audit.purge',
		details: { through: 4, purged: 4 }
	});
	expect(await isWritten(NOON + DAY)).toBe(8);
	expect(await verdictOn(database.pool, fresh.checkpoints)).toMatchObject({
		verified: { count: 4, first: { id: 5 }, checkpoints: 3, signedUpTo: 8 }
	});
	expect(await verdictOn(database.pool)).toMatchObject({ fault: { code: 'entry.start', id: 5 } });
});

test('after a purge, the first of what is left can’t be cut away', async () => {
	await append(database.pool, 4, await ago('7 years'));
	await append(database.pool, 3);
	await purge(await ago('6 years 1 day'));
	await tamper(database.pool, ['delete from audit_log where id = 5']);
	expect(await verdictOn(database.pool, fresh.checkpoints)).toMatchObject({
		fault: { code: 'entry.start', id: 6, line: 1 }
	});
});

test('an old entry behind a younger one stays, and so does the newest of all', async () => {
	await append(database.pool, 1, await ago('7 years'));
	await append(database.pool, 1, await ago('1 year'));
	await append(database.pool, 1, await ago('7 years'));
	expect(await purge(await ago('6 years 1 day'))).toBe(1);
	await tamper(database.pool, ['delete from audit_log']);
	await append(database.pool, 3, await ago('7 years'));
	expect(await purge(await ago('6 years 1 day'))).toBe(2);
	expect(await exportLines(database.pool)).toHaveLength(2);
});

test('nothing old means nothing done', async () => {
	await append(database.pool, 3);
	expect(await purge(await ago('6 years 1 day'))).toBe(0);
	expect(await exportLines(database.pool)).toHaveLength(3);
});

test('a purge that is rolled back leaves a log that verifies', async () => {
	await append(database.pool, 4, await ago('7 years'));
	await check(NOON);
	const before = await ago('6 years 1 day');
	const undone = inTransaction(database.pool, async (tx) => {
		await purgeAudit(tx, before, { actor: { kind: 'system', id: 'tidy' }, at: NOON }, fresh.checkpoints);
		throw new Error('no');
	});
	await expect(undone).rejects.toThrow('no');
	await append(database.pool, 1);
	expect(await isWritten(NOON + DAY)).toBe(5);
	expect(await verdictOn(database.pool, fresh.checkpoints)).toMatchObject({
		verified: { count: 5, first: { id: 1 } }
	});
	expect(await purge(before)).toBe(4);
	expect(await isWritten(NOON + 2 * DAY)).toBe(6);
	expect(await verdictOn(database.pool, fresh.checkpoints)).toMatchObject({ verified: { first: { id: 5 } } });
});
