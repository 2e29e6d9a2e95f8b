import pg from 'pg';
import { runMigrations } from 'graphile-worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { enqueuePump } from '../../src/lib/runtime/door.ts';
import { startHeartbeat } from '../../src/lib/runtime/heartbeat.ts';
import { joinProcesses, leaveProcesses } from '../../src/lib/runtime/processes.ts';
import { Clinic } from '../support/journey.ts';

let clinic: Clinic;
beforeAll(async () => {
	clinic = await Clinic.open();
	await runMigrations({ pgPool: clinic.pool });
});
afterAll(() => clinic.close());

const idsOf = (id: string) => ({ alive: new Set([id]), ever: new Set([id]) });
const FAST = { beatMs: 1, deadAfterMs: 60_000 };

/** Looks until nothing matches; the test's own time-out is the bound. */
async function untilNone(text: string, values: unknown[] = []): Promise<void> {
	while (await clinic.count(text, values));
}

test('who leaves in the middle of a beat is not written down again by it', async () => {
	const own = await joinProcesses(clinic.pool, 'worker');
	const heartbeat = await startHeartbeat({ ...clinic.app, process: own }, idsOf('pool-a'), FAST);
	expect(await clinic.count('worker_beats')).toBe(1);
	const holder = new pg.Client({ connectionString: clinic.database.url });
	await holder.connect();
	await holder.query('begin; lock table processes in exclusive mode');
	const { pid } = (await holder.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0] ?? {};
	while (!(await clinic.count('pg_stat_activity where $1 = any(pg_blocking_pids(pid))', [pid])));
	const stopped = heartbeat.stop();
	// One that does not wait for the beat has ended by now.
	await clinic.count('worker_beats');
	await holder.query('commit');
	await stopped;
	await leaveProcesses(clinic.pool, own);
	await untilNone(
		`pg_stat_activity where datname = current_database() and state = 'active' and pid <> pg_backend_pid()`
	);
	await holder.end();
	expect(await clinic.count('worker_beats')).toBe(0);
	expect(await clinic.count('processes')).toBe(0);
});

/** As a worker does that takes a job `agoS` seconds ago. */
const lockBy = (worker: string, agoS: number) =>
	clinic.pool.query(
		`update graphile_worker._private_jobs set locked_by = $1, locked_at = now() - make_interval(secs => $2), attempts = attempts + 1
		 where locked_by is null`,
		[worker, agoS]
	);

test('a dead worker’s job that was asked for anew meanwhile is forgotten, and the newer one is there', async () => {
	await enqueuePump(clinic.pool);
	await lockBy('pool-dead', 3600);
	await enqueuePump(clinic.pool);
	expect(await clinic.count('graphile_worker.jobs')).toBe(2);
	const heartbeat = await startHeartbeat(clinic.app, idsOf('pool-c'), FAST);
	await heartbeat.stop();
	expect(await clinic.rows('select key, locked_by, attempts from graphile_worker.jobs')).toEqual([
		{ key: 'pump', locked_by: null, attempts: 0 }
	]);
});

test('a job that a worker took or ended without hearing of it is free once the worker has ended', async () => {
	await enqueuePump(clinic.pool);
	await lockBy('pool-b', 0);
	const heartbeat = await startHeartbeat(clinic.app, idsOf('pool-b'), FAST);
	expect(await clinic.count('graphile_worker._private_jobs where locked_by is not null')).toBe(1);
	await heartbeat.stop();
	expect(await clinic.count('graphile_worker._private_jobs where locked_by is not null')).toBe(0);
});
