/** An audit log for tests: entries of every kind, exports, and hands that reach around the guards. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { openCheckpoints, type AuditCheckpoints } from '../../src/lib/server/audit/checkpoints.ts';
import type { AuditEntry } from '../../src/lib/server/audit/entry.ts';
import { exportAudit } from '../../src/lib/server/audit/export.ts';
import { recordAudit } from '../../src/lib/server/audit/record.ts';
import { verifyAudit, type Verdict } from '../../src/lib/server/audit/verify.ts';
import { inTransaction } from '../../src/lib/server/db/db.ts';

export const NOON = Date.UTC(2026, 2, 2, 12);

/**
 * A row of each kind: a person with everything filled in, a program with a list (and a name that some readers take for two
 * lines), the system with the least.
 */
export const kinds: readonly AuditEntry[] = [
	{
		at: NOON,
		actor: { kind: 'user', id: '7', name: 'Ann Marketer' },
		action: 'phi.read',
		subject: { kind: 'contact', ids: ['12'] },
		fields: ['birthDate', 'name'],
		reason: 'care',
		reasonSealed: Buffer.from([0, 1, 2, 255]),
		ip: '2001:db8::1',
		requestId: 'r-1',
		details: { page: 'contact', version: 3 }
	},
	{
		at: NOON + 1,
		actor: { kind: 'key', id: 'k1', name: 'Hospital\u2028system' },
		action: 'contact.update',
		subject: { kind: 'contact', ids: ['12', '13', '14'] },
		fields: ['phone'],
		ip: '192.0.2.1',
		requestId: 'r-2'
	},
	{ at: NOON + 2, actor: { kind: 'system', id: 'sender' }, action: 'send.blocked' }
];

/** Appends `count` entries, in turns of each kind, in one transaction. */
export async function append(pool: pg.Pool, count: number, at?: number): Promise<void> {
	const entries = Array.from({ length: count }, (_, n) => {
		const kind = kinds[n % kinds.length] as AuditEntry;
		return { ...kind, at: at ?? kind.at };
	});
	await inTransaction(pool, (tx) => recordAudit(tx, entries));
}

export async function exportLines(pool: pg.Pool): Promise<string[]> {
	const lines: string[] = [];
	for await (const line of exportAudit(pool)) lines.push(line.slice(0, -1));
	return lines;
}

/** What the verifier says of the log as it is, with `checkpoints` if given. */
export async function verdictOn(pool: pg.Pool, checkpoints?: AuditCheckpoints): Promise<Verdict> {
	return verifyAudit(await exportLines(pool), checkpoints && signedBy(checkpoints));
}

export function signedBy({ file, publicKeys }: AuditCheckpoints) {
	return { lines: readFileSync(file, 'utf8').split('\n').slice(0, -1), keys: publicKeys };
}

/** Runs statements as a superuser who switched the triggers off, and on again after. */
export async function tamper(pool: pg.Pool, ...statements: readonly [string, unknown[]?][]): Promise<void> {
	await inTransaction(pool, async (tx) => {
		await tx.query('alter table audit_log disable trigger all');
		for (const [statement, values] of statements) await tx.query(statement, values);
		await tx.query('alter table audit_log enable always trigger audit_log_refuse_change');
		await tx.query('alter table audit_log enable always trigger audit_log_refuse_young_deletion');
	});
}

/** Checkpoints in a folder of their own, which `drop` removes. */
export function freshCheckpoints(): { folder: string; checkpoints: AuditCheckpoints; drop(): void } {
	const folder = mkdtempSync(join(tmpdir(), 'stepwell-audit-'));
	return {
		folder,
		checkpoints: openCheckpoints(folder),
		drop: () => rmSync(folder, { recursive: true, force: true })
	};
}
