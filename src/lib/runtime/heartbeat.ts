/** Says which processes and workers are alive, and frees what dead ones hold: graphile-worker itself waits four hours. */
import type pg from 'pg';
import type { App } from '$lib/server/app.ts';
import { beatProcess, GONE_AFTER_S } from './processes.ts';

export interface Tempo {
	beatMs: number;
	/** Without a beat for so long a worker is dead, in ms. */
	deadAfterMs: number;
}

const TEMPO: Tempo = { beatMs: 5_000, deadAfterMs: GONE_AFTER_S * 1000 };

// Beats are wall-clock facts about processes, compared on the database's clock, so that machines need not agree on the time.
const BEAT = `insert into worker_beats (worker_id, beat_at) select id, now() from unnest($1::text[]) as w (id)
	on conflict (worker_id) do update set beat_at = now()`;
// Dead is also who holds a job and never beat: one that was killed before its first beat.
const BURY = `with late as (
	delete from worker_beats where beat_at < now() - make_interval(secs => $1) returning worker_id
), dead as (
	select worker_id from late
	union select locked_by from graphile_worker._private_jobs j
	where locked_at < now() - make_interval(secs => $1) and not exists (select from worker_beats b where b.worker_id = j.locked_by)
), gone as (
	delete from processes where beat_at < now() - make_interval(secs => $1)
), freed as (
	select graphile_worker.force_unlock_workers(array_agg(worker_id)) from dead having count(*) > 0
)
select count(*)::int as dead from dead cross join (select count(*) from freed) f`;

// Asked for again while somebody worked on it, a job was to end there, and a newer one of its key was made: as graphile-worker
// has it, nobody takes up the older one, and it would count as failed for ever.
const FORGET_OUTDONE = `delete from graphile_worker._private_jobs
	where locked_at is null and key is null and attempts >= max_attempts and last_error is null`;

const BURY_ALL = `with forgotten as (delete from worker_beats), gone as (delete from processes)
select graphile_worker.force_unlock_workers(array_agg(distinct locked_by)) from graphile_worker.jobs
where locked_by is not null having count(*) > 0`;

/** Frees at once what a killed run left locked. Only for a start that knows no other process works on this database. */
export async function freeAll(pool: pg.Pool): Promise<void> {
	await pool.query(BURY_ALL);
	await pool.query(FORGET_OUTDONE);
}

// Nothing is locked any more by whoever finished what it had, unless the answer that it has a job, or is rid of it, was lost.
const LEAVE = `with beats as (delete from worker_beats where worker_id = any($1))
select graphile_worker.force_unlock_workers($1)`;

/** Who takes jobs for this process. */
export interface WorkerIds {
	alive: Set<string>;
	/** With those that gave up when the database went away. */
	ever: Set<string>;
}

/** Beats until it is stopped, which is when nothing works any more: what these workers hold is free from there on. */
export async function startHeartbeat(
	app: App,
	workers: WorkerIds,
	{ beatMs, deadAfterMs }: Tempo = TEMPO
): Promise<{ stop(): Promise<void> }> {
	const beat = async () => {
		try {
			if (app.process) await beatProcess(app.pool, app.process);
			if (workers.alive.size) await app.pool.query(BEAT, [[...workers.alive]]);
			const { rows } = await app.pool.query<{ dead: number }>(BURY, [deadAfterMs / 1000]);
			if (!rows[0]?.dead) return;
			app.log.warn({ workers: rows[0].dead }, 'workers died; what they held is free again');
			await app.pool.query(FORGET_OUTDONE);
		} catch (error) {
			app.log.warn({ code: (error as { code?: string }).code }, 'heartbeat missed'); // The next one comes in five seconds.
		}
	};
	await beat();
	let underWay: Promise<void> | null = null;
	// One at a time: on a slow database they would pile up.
	const timer = setInterval(() => (underWay ??= beat().finally(() => (underWay = null))), beatMs);
	return {
		async stop() {
			clearInterval(timer);
			// Else it would write down again who has just left.
			await underWay;
			try {
				if (!workers.ever.size) return;
				await app.pool.query(LEAVE, [[...workers.ever]]);
				await app.pool.query(FORGET_OUTDONE);
			} catch (error) {
				app.log.warn({ code: (error as { code?: string }).code }, 'not signed off'); // It is taken for dead.
			}
		}
	};
}
