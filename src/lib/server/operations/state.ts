/** How the work stands, in numbers that cost little to read: every query goes along a small table or an index that is small. */
import { GONE_AFTER_S } from '$lib/runtime/processes.ts';
import type { Trip } from '../../text/breaker.ts';
import type { App } from '../app.ts';
import type { Db } from '../db/db.ts';

/** What is counted up to this; more is as bad. */
export const COUNTED = 10_000;

export interface ProcessState {
	id: string;
	role: string;
	host: string;
	pid: number;
	/** For how long it runs, and for how long it gave no sign of life, in seconds on the database's clock, which wrote both. */
	runningS: number;
	quietS: number;
	isDraining: boolean;
	isAlive: boolean;
}

/** Every process, the longest running first. */
export async function listProcesses(db: Db): Promise<ProcessState[]> {
	const { rows } = await db.query<ProcessState>(
		`select id, role, host, pid, is_draining as "isDraining", beat_at > now() - make_interval(secs => $1) as "isAlive",
			extract(epoch from now() - started_at)::float8 as "runningS", greatest(0, extract(epoch from now() - beat_at))::float8 as "quietS"
		 from processes order by started_at, id`,
		[GONE_AFTER_S]
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
const OLDEST = `select d.due_at, v.urgency = 0 as treats from journeys j join journey_versions v on v.id = j.live_version_id
cross join lateral (
	select min(due_at) as due_at from enrollments where journey_id = j.id and due_at is not null
) d where j.state = 'live' and d.due_at <= $1`;

const DUE = `select count(*)::int as due from (
	select 1 from journeys j cross join lateral (
		select 1 from enrollments where journey_id = j.id and due_at <= $1 limit $2
	) e where j.state = 'live' limit $2
) bounded`;

export async function readDue(app: Pick<App, 'pool' | 'clock'>): Promise<DueState> {
	const now = app.clock.now();
	const oldest = await app.pool.query<{ due_at: Date; treats: boolean }>(OLDEST, [new Date(now)]);
	const { rows } = await app.pool.query<{ due: number }>(DUE, [new Date(now), COUNTED]);
	const lag = (of: typeof oldest.rows) =>
		Math.max(0, ...of.map((row) => (now - row.due_at.getTime()) / 1000));
	return {
		lagS: lag(oldest.rows),
		treatmentLagS: lag(oldest.rows.filter((row) => row.treats)),
		due: rows[0]?.due ?? 0
	};
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
	/** For how long the oldest that is ready waits, in seconds on the database's clock; 0 when none does. */
	waitS: number;
}

/** graphile-worker's queue by task. Keys keep it small: batches are in it, not people. */
export async function readTasks(db: Db): Promise<TaskState[]> {
	const { rows } = await db.query<TaskState>(
		`select task_identifier as task,
			(count(*) filter (where locked_at is null and attempts < max_attempts and run_at <= now()))::int as waiting,
			(count(*) filter (where locked_at is not null))::int as running,
			(count(*) filter (where locked_at is null and attempts < max_attempts and run_at > now()))::int as planned,
			(count(*) filter (where locked_at is null and attempts >= max_attempts))::int as failed,
			coalesce(extract(epoch from now() - min(run_at)
				filter (where locked_at is null and attempts < max_attempts and run_at <= now())), 0)::float8 as "waitS"
		 from graphile_worker.jobs group by 1 order by 1`
	);
	return rows;
}

export interface TrafficState {
	/** Events that nobody looked at yet, up to `COUNTED`. */
	events: number;
	/** For how long the oldest of them waits, in seconds. */
	eventsWaitS: number;
	/** Messages that are not settled, up to `COUNTED` each; `paused` are those queued for journeys that are not live. */
	messages: Record<'queued' | 'deferred' | 'paused' | 'sending' | 'unknown', number>;
}

// By version and purpose along their index, so that those of a paused journey cost what is counted of them:
// 60 ms beside 300,000.
const queuedOf = (
	journeys: string
) => `select m.not_before from journeys j join journey_versions v on v.journey_id = j.id
	cross join (values ('treatment'), ('operations'), ('marketing')) as p (purpose) cross join lateral (
		select not_before from messages where state = 'queued' and purpose = p.purpose and version_id = v.id limit $2
	) m where ${journeys} limit $2`;

const TRAFFIC = `select (select count(*)::int from (select from event_queue limit $2) q) as events,
	(select received_at from event_queue where tries = 0 order by event_id limit 1) as oldest_event_at,
	(count(*) filter (where not_before is null or not_before <= $1))::int as queued,
	(count(*) filter (where not_before > $1))::int as deferred,
	(select count(*)::int from (${queuedOf(`j.state <> 'live'`)}) p) as paused,
	(select count(*)::int from (select from messages where state = 'sending' limit $2) s) as sending,
	(select count(*)::int from (select from messages where state = 'unknown' limit $2) u) as unknown
	from (${queuedOf(`j.state = 'live'`)}) open`;

export async function readTraffic(app: Pick<App, 'pool' | 'clock'>): Promise<TrafficState> {
	const now = app.clock.now();
	const { rows } = await app.pool.query<
		TrafficState['messages'] & { events: number; oldest_event_at: Date | null }
	>(TRAFFIC, [new Date(now), COUNTED]);
	const { events = 0, oldest_event_at: oldest = null, ...messages } = rows[0] ?? {};
	return {
		events,
		eventsWaitS: oldest ? Math.max(0, (now - oldest.getTime()) / 1000) : 0,
		messages: { queued: 0, deferred: 0, paused: 0, sending: 0, unknown: 0, ...messages }
	};
}

/** A journey that the breaker holds. */
export interface BrokenJourney {
	slug: string;
	name: string;
	trip: Trip;
}

/** Journeys that the breaker paused and nobody resumed, the latest first. */
export async function listBroken(db: Db): Promise<BrokenJourney[]> {
	const { rows } = await db.query<Trip & { slug: string; name: string }>(
		`select j.slug, j.name, b.reason, b.counted, b.total, b.allowed from journeys j join breakers b on b.journey_id = j.id
		 where j.state = 'paused' and j.paused_by = 'breaker' and b.tripped_at is not null order by b.tripped_at desc`
	);
	return rows.map(({ slug, name, ...trip }) => ({ slug, name, trip }));
}
