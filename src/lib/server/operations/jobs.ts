/** Jobs that graphile-worker gave up after all their tries: by its view and its functions alone, never its tables. */
import { ApiError } from '../api/errors.ts';
import type { App } from '../app.ts';
import type { MakeEntry } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Db } from '../db/db.ts';
import { locks } from '../db/locks.ts';

export interface FailedJob {
	id: number;
	task: string;
	attempts: number;
	/** When it was asked for; graphile-worker keeps no time of the tries. */
	at: Date;
	/** The code of what it failed with; null where it kept none. */
	code: string | null;
}

const SHOWN_JOBS = 50;
const GIVEN_UP = 'locked_at is null and attempts >= max_attempts';

/** The last asked for first, at most 50. What they carry is not told: it is ids. */
export async function listFailedJobs(db: Db): Promise<{ jobs: FailedJob[]; total: number }> {
	const { rows } = await db.query<Omit<FailedJob, 'code'> & { error: string | null; total: number }>(
		`select id, task_identifier as task, attempts::int as attempts, created_at as at, last_error as error, (count(*) over ())::int as total
		 from graphile_worker.jobs where ${GIVEN_UP} order by id desc limit $1`,
		[SHOWN_JOBS]
	);
	return {
		jobs: rows.map(({ error, total: _, ...job }) => ({ ...job, code: codeOf(error) })),
		total: rows[0]?.total ?? 0
	};
}

// As `workers.ts` keeps it: the task and a code. Whatever else the column may hold could quote a row, and is not told.
const KEPT = /^[\w-]{1,40} failed \(([\w.-]{1,40})\)(?=\n|$)/;

/** The code in what graphile-worker keeps of an error. */
export function codeOf(error: string | null): string | null {
	return KEPT.exec(error ?? '')?.[1] ?? null;
}

/** What a code means to whoever mends it. The classes are PostgreSQL's (its appendix A), the names Node.js's. */
export function codeWords(code: string | null): string {
	if (code === null) return 'Its process ended in the middle each time, or it kept no reason.';
	if (/^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|08|57P)/.test(code)) return 'The database was away.';
	if (/^(53100|ENOSPC)/.test(code)) return 'The disk is full.';
	if (/^53/.test(code)) return 'The database had no room: memory or connections.';
	if (/^(40|55P03)/.test(code)) return 'It stood in another’s way in the database.';
	if (/^(22|23|54|P0)/.test(code)) return 'The database refused a value: a bug. The log has its trace.';
	if (code.startsWith('seal.')) return 'What is sealed can’t be opened: a key is missing.';
	return 'An error inside Stepwell. The log has its trace.';
}

const RETRY = `select r.id from graphile_worker.reschedule_jobs(
	array(select id from graphile_worker.jobs where id = any($1) and ${GIVEN_UP}), run_at => now(), attempts => 0) r`;

/** Has given-up jobs done again, with all their tries; how many. Throws ApiError `task.over` where none of them is given up any more. */
export async function retryJobs(app: App, ids: readonly number[], entry: MakeEntry): Promise<number> {
	return inAuditedTransaction(app.pool, async (tx, audit) => {
		// Two who press at once must not both count it.
		await tx.query('select pg_advisory_xact_lock($1)', [locks.jobRetry]);
		const { rows } = await tx.query<{ id: number }>(RETRY, [ids]);
		if (rows.length === 0)
			throw new ApiError('task.over', 'It was done meanwhile, or somebody has it done again already.');
		audit(entry({ action: 'job.retry', subject: { kind: 'job', ids: rows.map(({ id }) => String(id)) } }));
		return rows.length;
	});
}
