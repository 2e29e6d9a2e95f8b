/** For what is done many times over, such as saving while somebody types: one entry stands for a while of it. */
import type { Db } from '../db/db.ts';
import type { AuditEntry } from './entry.ts';

/** Whether the same actor did the same to the same subject within `ms` before `entry`, by the log. */
export async function isRecent(db: Db, entry: AuditEntry, ms: number): Promise<boolean> {
	const { rows } = await db.query<{ is: boolean }>(
		`select exists (
			select from audit_log where actor_kind = $1 and actor_id = $2 and action = $3 and at > $4 and at <= $5
				and subject_kind is not distinct from $6 and subject_ids = $7::text[]
		) as is`,
		[
			entry.actor.kind,
			entry.actor.id,
			entry.action,
			new Date(entry.at - ms),
			new Date(entry.at),
			entry.subject?.kind ?? null,
			entry.subject?.ids ?? []
		]
	);
	return rows[0]?.is ?? false;
}
