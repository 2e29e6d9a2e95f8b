/** Says which workers are alive, and frees what dead ones hold: graphile-worker itself waits four hours. */
import type pg from 'pg';
import type { App } from '$lib/server/app.ts';

const BEAT_MS = 5_000;
const DEAD_AFTER_MS = 30_000;

// Beats are wall-clock facts about processes, compared on the database's clock, so that machines need not agree on the time.
const BEAT = `insert into worker_beats (worker_id, beat_at) select id, now() from unnest($1::text[]) as w (id)
	on conflict (worker_id) do update set beat_at = now()`;
const BURY = `with dead as (
	delete from worker_beats where beat_at < now() - make_interval(secs => $1) returning worker_id
)
select graphile_worker.force_unlock_workers(array_agg(worker_id)) from dead having count(*) > 0`;

const BURY_ALL = `with forgotten as (delete from worker_beats)
select graphile_worker.force_unlock_workers(array_agg(distinct locked_by)) from graphile_worker.jobs
where locked_by is not null having count(*) > 0`;

/** Frees at once what a killed run left locked. Only for a start that knows no other process works on this database. */
export async function freeAll(pool: pg.Pool): Promise<void> {
	await pool.query(BURY_ALL);
}

export async function startHeartbeat(app: App, workerIds: Set<string>): Promise<{ stop(): Promise<void> }> {
	const beat = async () => {
		try {
			if (workerIds.size) await app.pool.query(BEAT, [[...workerIds]]);
			await app.pool.query(BURY, [DEAD_AFTER_MS / 1000]);
		} catch (error) {
			app.log.warn({ code: (error as { code?: string }).code }, 'heartbeat missed'); // The next one comes in five seconds.
		}
	};
	await beat();
	const timer = setInterval(() => void beat(), BEAT_MS);
	return {
		async stop() {
			clearInterval(timer);
			if (workerIds.size)
				await app.pool.query('delete from worker_beats where worker_id = any($1)', [[...workerIds]]);
		}
	};
}
