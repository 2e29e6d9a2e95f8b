/** Pauses a journey in the breaker's name, and lets it go on again. */
import type { App } from '$lib/server/app.ts';
import { systemEntries } from '$lib/server/audit/call.ts';
import { inAuditedTransaction } from '$lib/server/audit/record.ts';
import type { Db, Tx } from '$lib/server/db/db.ts';
import type { Trip, TripReason } from '$lib/text/breaker.ts';
import { enqueueTellOwner } from './door.ts';

export interface Verdict {
	journeyId: number;
	/** The period that was judged; a resume begins another. */
	period: string | null;
	trip: Trip;
	/** The message that would pass a bound. */
	messageId: number | null;
}

/** A trip that still holds its journey. */
export interface Tripped extends Trip {
	/** Ms since 1970. */
	at: number;
}

/**
 * Pauses the journey, writes why, and has its owner told: all or nothing. Whoever comes second finds it paused, and who judged
 * before a resume finds another period; both change nothing. True when this call paused it.
 */
export async function tripBreaker(app: App, verdict: Verdict): Promise<boolean> {
	const { journeyId, trip, messageId } = verdict;
	const { clock, pool } = app;
	const tripped = await inAuditedTransaction(pool, async (tx, audit) => {
		const slug = await lockLive(tx, verdict);
		if (slug === null) return false;
		await tx.query(`update journeys set state = 'paused', paused_by = 'breaker' where id = $1`, [journeyId]);
		await tx.query(
			`insert into breakers as b (journey_id, tripped_at, reason, counted, total, allowed) values ($1, $2, $3, $4, $5, $6)
			 on conflict (journey_id) do update set tripped_at = $2, reason = $3, counted = $4, total = $5, allowed = $6`,
			[journeyId, new Date(clock.now()), trip.reason, trip.counted, trip.total, trip.allowed]
		);
		await enqueueTellOwner(tx, journeyId);
		const { reason, counted, total, allowed } = trip;
		audit(
			systemEntries(
				'breaker',
				clock
			)({
				action: 'journey.break',
				subject: { kind: 'journey', ids: [slug] },
				reason,
				details: { counted, total, allowed, message: messageId }
			})
		);
		return true;
	});
	if (tripped)
		app.log.error({ journey: journeyId, message: messageId, ...trip }, 'the breaker paused a journey');
	return tripped;
}

async function lockLive(tx: Tx, { journeyId, period }: Verdict): Promise<string | null> {
	const { rows } = await tx.query<{ slug: string; state: string }>(
		'select slug, state from journeys where id = $1 for update',
		[journeyId]
	);
	if (rows[0]?.state !== 'live') return null;
	const { rows: now } = await tx.query<{ period: string | null }>(
		`select counts_from::text as period from breakers where journey_id = $1`,
		[journeyId]
	);
	return (now[0]?.period ?? null) === period ? rows[0].slug : null;
}

/** Why the breaker holds a journey now; undefined where it does not. */
export async function findTrip(db: Db, journeyId: number): Promise<Tripped | undefined> {
	const { rows } = await db.query<Trip & { reason: TripReason; tripped_at: Date }>(
		`select b.reason, b.counted, b.total, b.allowed, b.tripped_at from breakers b join journeys j on j.id = b.journey_id
		 where j.id = $1 and j.state = 'paused' and j.paused_by = 'breaker' and b.tripped_at is not null`,
		[journeyId]
	);
	const [row] = rows;
	if (!row) return undefined;
	const { tripped_at, ...trip } = row;
	return { ...trip, at: tripped_at.getTime() };
}

// What waits for the resume goes out at once beside a day's messages: what is made and unsent, and for everybody who is overdue
// or came meanwhile the most that a day brings.
const WAITING = `select
	(select count(*) from messages m where m.state = 'queued'
		and m.version_id in (select id from journey_versions where journey_id = $1))
	+ ((select count(*) from enrollments where journey_id = $1 and due_at <= $2)
		+ (select count(*) from held_events where journey_id = $1))
	* coalesce((select max((plan #>> '{volume,day,messages}')::int) from journey_versions where journey_id = $1), 1) as waiting`;

/**
 * Call it when a journey is about to become live again, with its row locked. Where the breaker held it, what was handed over
 * before counts no longer; and after too high a rate, what came to it is the expectation from now on: a person said yes to it.
 */
export async function letGoOn(tx: Tx, journeyId: number, now: number): Promise<void> {
	const { rows } = await tx.query<{ waiting: number }>(WAITING, [journeyId, new Date(now)]);
	const trip = await findTrip(tx, journeyId);
	await tx.query(
		`insert into breakers as b (journey_id, resumed_at, allowance) values ($1, $2, $3)
		 on conflict (journey_id) do update set resumed_at = $2, allowance = $3`,
		[journeyId, new Date(now), rows[0]?.waiting ?? 0]
	);
	if (trip) await beginPeriod(tx, journeyId, trip, now);
}

async function beginPeriod(tx: Tx, journeyId: number, trip: Tripped, now: number): Promise<void> {
	await tx.query('update journeys set paused_by = null where id = $1', [journeyId]);
	await tx.query('delete from sending_hours where journey_id = $1', [journeyId]);
	await tx.query(
		`update breakers set expected_per_day = greatest(expected_per_day, $2), counts_from = $3,
			tripped_at = null, reason = null, counted = null, total = null, allowed = null where journey_id = $1`,
		[journeyId, trip.reason === 'rate' ? trip.counted : 0, new Date(now)]
	);
}
