/** Lets entries go that are older than six years, and no others (45 CFR 164.316(b)(2), 164.530(j)). */
import type { Tx } from '../db/db.ts';
import { lockCheckpoints, writeCheckpoint, type AuditCheckpoints } from './checkpoints.ts';
import type { AuditActor } from './entry.ts';
import { recordAudit } from './record.ts';

/** Asked to let entries go that must be kept for six years. The transaction can only be rolled back. */
export class AuditRetentionError extends Error {}

const RESTRICT_VIOLATION = '23001';

/**
 * Lets go of the entries before the first that is not older than `before` (ms), and gives how many went. The newest entry always
 * stays, and the deletion is an entry itself. A signed checkpoint, on the disk before the commit, says where the chain begins from now on.
 * Throws `AuditRetentionError` when `before` is less than six years ago by the database's clock.
 */
export async function purgeAudit(
	tx: Tx,
	before: number,
	by: { actor: AuditActor; at: number },
	checkpoints: AuditCheckpoints
): Promise<number> {
	await lockCheckpoints(tx);
	const gone = await deleteBefore(tx, before);
	if (!gone) return 0;
	const { through, hash, purged } = gone;
	await recordAudit(tx, [{ ...by, action: 'audit.purge', details: { through, hash, purged } }]);
	// Were the commit to fail after this, the line would only say of entries still there that they may be missing.
	writeCheckpoint(checkpoints, { kind: 'purge', id: through, hash, at: by.at, count: purged });
	return purged;
}

async function deleteBefore(tx: Tx, before: number) {
	try {
		const { rows } = await tx.query<{ through: number; hash: string; purged: number }>(
			`select through, encode(through_hash, 'hex') as hash, purged from purge_audit_log($1)`,
			[new Date(before)]
		);
		return rows[0];
	} catch (cause) {
		if ((cause as { code?: string }).code !== RESTRICT_VIOLATION) throw cause;
		throw new AuditRetentionError('Audit entries are kept for six years.', { cause });
	}
}
