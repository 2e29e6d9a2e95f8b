/** Ends people's ways through a journey from outside: when it is archived, or when somebody is deleted. */
import type { Tx } from '$lib/server/db/db.ts';

// As the router ends an enrollment; counted on the day of the visit, in the journey's zone. One that was admitted and has not
// begun (`active`) enters its first step by it, so that nobody is counted out who was never counted in.
const CANCEL = `with was as (
	select id, state = 'active' as is_new from enrollments where id = any($1::bigint[]) and ended_at is null
), ended as (
	update enrollments e set state = 'cancelled', ended_at = $2, waiting_for = null, due_at = null, wake = null, seq = e.seq + 1,
		visit_count = e.visit_count + was.is_new::int
	from was where e.id = was.id
	returning e.id, e.seq, e.version_id, e.contact_id, e.arrived_at, e.step, was.is_new
), pathed as (
	insert into step_paths (enrollment_id, seq, version_id, contact_id, at, first_at, continues, steps, outcomes)
	select id, seq, version_id, contact_id, $2, arrived_at, not is_new, array[step], array[null::text] from ended
), counted as (
	insert into step_counts (version_id, day, step, measure, shard, count)
	select e.version_id, (e.arrived_at at time zone coalesce(v.plan -> 'settings' ->> 'timezone',
			(select value ->> 'timezone' from settings where key = 'workspace'), 'UTC'))::date as day,
		e.step, m.measure, $3::smallint, count(*)
	from ended e join journey_versions v on v.id = e.version_id
	cross join (values ('ended:cancelled'), ('dropped:cancelled'), ('entered')) as m (measure)
	where m.measure <> 'entered' or e.is_new
	group by 1, 2, 3, 4 order by 1, 2, 3, 4
	on conflict (version_id, day, step, measure, shard) do update set count = step_counts.count + excluded.count
)
select count(*)::int as cancelled from ended`;

// Beside those of the runtime, which are up to 103.
const SHARD = 110;

/** Ends those of these enrollments that are still open, as `cancelled`, and gives how many. The caller has locked them. */
export async function cancelEnrollments(tx: Tx, ids: readonly number[], now: Date): Promise<number> {
	const { rows } = await tx.query<{ cancelled: number }>(CANCEL, [ids, now, SHARD]);
	return rows[0]?.cancelled ?? 0;
}

// What was made and not handed over stays unsent, and nobody waits any more.
const LET_GO = `with theirs as (select message_id as id from message_keys where enrollment_id = any($1::bigint[])),
withdrawn as (
	update messages m set state = 'withdrawn', decided_at = $2 from theirs where m.id = theirs.id and m.state = 'queued'
), uncalled as (
	update webhook_calls set state = 'withdrawn', decided_at = $2 where enrollment_id = any($1::bigint[]) and state = 'queued'
), untold as (
	update notices set state = 'withdrawn', decided_at = $2 where enrollment_id = any($1::bigint[]) and state = 'queued'
)
delete from event_waits where enrollment_id = any($1::bigint[])`;

const AT_ONCE = 5000;

/** Cancels everybody in a journey and all that was planned for it. */
export async function cancelJourney(tx: Tx, journeyId: number, now: Date): Promise<number> {
	let cancelled = 0;
	for (let ids = await nextOpen(tx, journeyId); ids.length; ids = await nextOpen(tx, journeyId)) {
		cancelled += await cancelEnrollments(tx, ids, now);
		await tx.query(LET_GO, [ids, now]);
	}
	for (const table of [
		'planned_entries',
		'planned_runs',
		'deferred_entries',
		'held_events',
		'set_aside',
		'places'
	])
		await tx.query(`delete from ${table} where journey_id = $1`, [journeyId]);
	return cancelled;
}

async function nextOpen(tx: Tx, journeyId: number): Promise<number[]> {
	const { rows } = await tx.query<{ id: number }>(
		'select id from enrollments where journey_id = $1 and ended_at is null order by id limit $2 for update',
		[journeyId, AT_ONCE]
	);
	return rows.map((row) => row.id);
}
