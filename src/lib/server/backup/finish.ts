/** What every way of filling a database ends with, before and after its commit. */
import type pg from 'pg';
import type { Tx } from '../db/db.ts';
import { describeAuditProtection, findAuditProtection } from '../audit/protection.ts';
import { recordAudit } from '../audit/record.ts';
import type { AuditJson } from '../audit/encode.ts';

/** Who is named in the audit log for what is done from a terminal. */
export const byCommand = (name: string) => ({ kind: 'system', id: `${name}-cli` }) as const;

/**
 * Guards the audit log of this database as a new one's is, and records what was done. The end of the caller's transaction;
 * gives what is to be said about the guard.
 */
export async function guardAndRecord(
	tx: Tx,
	now: number,
	entry: { command: string; action: string; details: Record<string, AuditJson> }
): Promise<string[]> {
	await tx.query('select protect_audit_log()');
	await recordAudit(tx, [
		{ at: now, actor: byCommand(entry.command), action: entry.action, details: entry.details }
	]);
	const note = describeAuditProtection(await findAuditProtection(tx));
	return note ? [note] : [];
}

/** Destroys again the keys of contacts who were shredded after the copy was made, and gives how many those were. */
export async function shredAgain(tx: Tx, contactIds: readonly number[]): Promise<number> {
	const { rowCount } = await tx.query(
		`update contact_keys set dek_id = null, wrapped = null, shredded_at = now()
		 where contact_id = any($1::bigint[]) and shredded_at is null`,
		[contactIds]
	);
	return rowCount ?? 0;
}

/** The last entry of the audit log; 0 when it is empty. */
export async function lastEntryOf(tx: Tx): Promise<number> {
	const { rows } = await tx.query<{ last: number | null }>('select max(id) as last from audit_log');
	return rows[0]?.last ?? 0;
}

/** The queue of jobs is another package's schema, which commits for itself; one without jobs is no harm in an empty database. */
export async function hasQueue(pool: pg.Pool): Promise<boolean> {
	const { rows } = await pool.query<{ there: boolean }>(
		`select to_regnamespace('graphile_worker') is not null as there`
	);
	return rows[0]?.there ?? false;
}
