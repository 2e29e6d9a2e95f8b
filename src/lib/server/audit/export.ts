/** The audit log as JSON lines: one entry a line, whole, so that its hash can be computed again from the line alone. */
import type { Db } from '../db/db.ts';
import { listAuditAfter, type AuditFilter } from './find.ts';

const PAGE = 2000;

/**
 * Lines (each with its end) of the entries that `filter` lets through, in the order of the chain. Reads page by page, so a log
 * of any length passes through little memory; what is appended meanwhile is left out. Only an export without a filter
 * can be verified: gaps are then faults.
 */
export async function* exportAudit(db: Db, filter: AuditFilter = {}): AsyncGenerator<string> {
	const end = await findEnd(db);
	for (let after = 0; ;) {
		const page = await listAuditAfter(db, after, PAGE, filter);
		for (const entry of page) {
			if (entry.id > end) return;
			yield `${JSON.stringify(entry)}\n`;
			after = entry.id;
		}
		if (page.length < PAGE) return;
	}
}

async function findEnd(db: Db): Promise<number> {
	const { rows } = await db.query<{ end: number | null }>('select max(id) as end from audit_log');
	return rows[0]?.end ?? 0;
}
