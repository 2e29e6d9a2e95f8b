/** How the work stands, in numbers that cost little to read: every query goes along a small table or an index that is small. */
import { loadLiveJourneys } from '$lib/runtime/plans.ts';
import type { App } from '../app.ts';
import type { Db } from '../db/db.ts';

/** What is counted up to this; more is as bad. */
export const COUNTED = 10_000;

export interface ProcessState {
	id: string;
	role: string;
	host: string;
	pid: number;
	startedAt: Date;
	beatAt: Date;
	isDraining: boolean;
	isAlive: boolean;
}

/** Every process, the longest running first. Alive on the database's clock, which wrote the beats. */
export async function listProcesses(db: Db): Promise<ProcessState[]> {
	const { rows } = await db.query<ProcessState>(
		`select id, role, host, pid, started_at as "startedAt", beat_at as "beatAt", is_draining as "isDraining",
			beat_at > now() - interval '30 seconds' as "isAlive"
		 from processes order by started_at, id`
	);
	return rows;
}

export interface DueState {
	/** How long the oldest due enrollment of live journeys waits, in seconds; 0 when none does. */
	lagS: number;
	/** The same where the journey sends what belongs to a treatment. */
	treatmentLagS: number;
	/** How many are due, up to `COUNTED`. */
	due: number;
}

// For each journey one look into the index of due times.
const OLDEST = `select j.id, d.due_at from journeys j cross join lateral (
	select min(due_at) as due_at from enrollments where journey_id = j.id and due_at is not null
) d where j.state = 'live' and d.due_at <= $1`;

const DUE = `select count(*)::int as due from (
	select 1 from journeys j cross join lateral (
		select 1 from enrollments where journey_id = j.id and due_at <= $1 limit $2
	) e where j.state = 'live' limit $2
) bounded`;

export async function readDue(app: Pick<App, 'pool' | 'clock'>): Promise<DueState> {
	const now = app.clock.now();
	const oldest = await app.pool.query<{ id: number; due_at: Date }>(OLDEST, [new Date(now)]);
	const { rows } = await app.pool.query<{ due: number }>(DUE, [new Date(now), COUNTED]);
	const treating = new Set(await treatingJourneys(app.pool));
	const lag = (of: typeof oldest.rows) =>
		Math.max(0, ...of.map((row) => (now - row.due_at.getTime()) / 1000));
	return {
		lagS: lag(oldest.rows),
		treatmentLagS: lag(oldest.rows.filter((row) => treating.has(row.id))),
		due: rows[0]?.due ?? 0
	};
}

async function treatingJourneys(pool: App['pool']): Promise<number[]> {
	const live = await loadLiveJourneys(pool, pool);
	return live
		.filter(({ plan }) =>
			Object.values(plan.steps).some(
				(step) => 'purpose' in step.config && step.config.purpose === 'treatment'
			)
		)
		.map((journey) => journey.journeyId);
}

export interface TaskState {
	task: string;
	/** Ready to run now. */
	waiting: number;
	running: number;
	/** For a time to come. */
	planned: number;
	/** Given up after all tries. */
	failed: number;
	/** Since when the oldest that is ready waits. */
	oldestAt: Date | null;
}

/** graphile-worker's queue by task. Keys keep it small: batches are in it, not people. */
export async function readTasks(db: Db): Promise<TaskState[]> {
	const { rows } = await db.query<TaskState>(
		`select t.identifier as task,
			(count(*) filter (where j.locked_at is null and j.attempts < j.max_attempts and j.run_at <= now()))::int as waiting,
			(count(*) filter (where j.locked_at is not null))::int as running,
			(count(*) filter (where j.locked_at is null and j.attempts < j.max_attempts and j.run_at > now()))::int as planned,
			(count(*) filter (where j.locked_at is null and j.attempts >= j.max_attempts))::int as failed,
			min(j.run_at) filter (where j.locked_at is null and j.attempts < j.max_attempts and j.run_at <= now()) as "oldestAt"
		 from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
		 group by 1 order by 1`
	);
	return rows;
}

export interface TrafficState {
	/** Events that nobody looked at yet, up to `COUNTED`. */
	events: number;
	/** Messages that are not settled, up to `COUNTED` each. */
	messages: Record<'queued' | 'deferred' | 'sending' | 'unknown', number>;
}

export async function readTraffic(app: Pick<App, 'pool' | 'clock'>): Promise<TrafficState> {
	const { rows } = await app.pool.query<TrafficState['messages'] & { events: number }>(
		`select (select count(*)::int from (select 1 from event_queue limit $2) q) as events,
			(count(*) filter (where state = 'queued' and (not_before is null or not_before <= $1)))::int as queued,
			(count(*) filter (where state = 'queued' and not_before > $1))::int as deferred,
			(count(*) filter (where state = 'sending'))::int as sending,
			(select count(*)::int from (select 1 from messages where state = 'unknown' limit $2) u) as unknown
		 from (select state, not_before from messages where state in ('queued', 'sending') limit $2) open`,
		[new Date(app.clock.now()), COUNTED]
	);
	const { events = 0, queued = 0, deferred = 0, sending = 0, unknown = 0 } = rows[0] ?? {};
	return { events, messages: { queued, deferred, sending, unknown } };
}
