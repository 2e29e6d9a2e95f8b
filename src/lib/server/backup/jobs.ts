/**
 * Work that was asked for and not done. What the runtime's timers ask for has no payload and is found again from the tables (due
 * enrollments, queued events and messages); a job with a payload says something that stands nowhere else, so it is kept.
 */
import type { Tx } from '../db/db.ts';
import type { Column } from './catalogue.ts';

export const JOBS = 'jobs';

/** Stepwell uses no named queues, and a restored job begins with all its tries. */
export const jobColumns: Column[] = [
	{ name: 'identifier', type: 'text' },
	{ name: 'payload', type: 'json' },
	{ name: 'run_at', type: 'timestamp with time zone' },
	{ name: 'job_key', type: 'text' },
	{ name: 'max_attempts', type: 'integer' },
	{ name: 'priority', type: 'integer' }
];

/** Jobs that were given up stay out. One that is running is taken too: every job may run twice. */
export const JOBS_STATEMENT = `copy (select t.identifier, j.payload, j.run_at, j.key, j.max_attempts::integer, j.priority::integer
	from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
	where j.payload::text not in ('{}', 'null', '[]') and j.attempts < j.max_attempts order by j.id) to stdout`;

/** A table of this transaction alone, to load jobs into. */
export const JOBS_TABLE = 'restored_jobs';

export async function makeJobsTable(tx: Tx): Promise<void> {
	const columns = jobColumns.map(({ name, type }) => `${name} ${type}`).join(', ');
	await tx.query(`create temporary table ${JOBS_TABLE} (${columns}) on commit drop`);
}

/** Asks again for the work in that table; part of the caller's transaction. */
export async function askAgain(tx: Tx): Promise<void> {
	await tx.query(`select graphile_worker.add_job(identifier, payload, run_at => run_at, max_attempts => max_attempts,
		job_key => job_key, priority => priority) from ${JOBS_TABLE}`);
}
