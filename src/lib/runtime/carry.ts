/** Takes people from older versions of a journey to a newer one, or out of it: everything that tells where they stand, at once. */
import { MOST_VISITS, type Way } from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';
import type { VersionPlan } from './plans.ts';

/** The way of those who stand at a step of an older version. */
export interface WayFrom {
	versionId: number;
	/** In which the counts of that version have their days. */
	zone: string;
	step: string;
	way: Way;
}

/** How many went which way. */
export interface Carried {
	/** Still at the step where they were. */
	stayed: number;
	/** Arrived at another step, or at another kind of step under the same id. */
	moved: number;
	/** Their journey was ended. */
	ended: number;
	/** Stopped by the loop guard: they had been at the step as often as it allows. */
	stopped: number;
}

// A visit that stays open is carried: out of the numbers of one version and into those of the other, at the day of its arrival.
// One whose step is gone ends without an outcome, and the next begins now; it acts when the enrollment is claimed, so that
// events and rules find it standing as any other. Who was admitted and has not begun (`active`) has no visit to carry, and
// whoever never began enters a step by leaving at it, as in `cancel.ts`.
const CARRY = `with ways as (
	select * from unnest($4::int[], $5::text[], $6::text[], $7::text[], $8::text[]) as w (version_id, step, way, zone, event)
), targets as (
	select * from unnest($9::int[], $10::text[], $11::int[], $12::text[], $13::int[]) as t (version_id, step, place, to_step, most)
), found as (
	select e.id, e.version_id, e.step, e.contact_id, e.arrived_at, e.state = 'active' as is_new, w.zone, w.event, t.to_step,
		case when w.way = 'go' and t.to_step is null then 'stop' else w.way end as way
	from unnest($1::bigint[]) as i (id) join enrollments e on e.id = i.id and e.ended_at is null
	join ways w on w.version_id = e.version_id and w.step = e.step
	left join lateral (
		select t.to_step from targets t
		where w.way = 'go' and t.version_id = e.version_id and t.step = e.step and e.visit_count < $14::int
			and (t.most is null or visits_of(e.visited, t.to_step) < t.most)
		order by t.place limit 1
	) t on true
), routed as (
	select *, way in ('exit', 'stop') as ends, way = 'go' and not is_new as opens from found
), changed as (
	update enrollments e set
		version_id = case when r.ends then e.version_id else $3::int end,
		state = case r.way when 'exit' then 'exited' when 'stop' then 'stopped' else e.state end,
		reason = case r.way when 'exit' then 'version' when 'stop' then 'loop' else e.reason end,
		ended_at = case when r.ends then $2::timestamptz end,
		step = coalesce(r.to_step, e.step),
		seq = e.seq + (r.ends or not r.is_new)::int,
		visit_count = e.visit_count + (r.opens or (r.ends and r.is_new))::int,
		visited = case when r.opens then with_visit(e.visited, r.to_step) else e.visited end,
		arrived_at = case when r.opens then $2 else e.arrived_at end,
		waiting_for = case when r.opens then 'time' when not r.ends then e.waiting_for end,
		due_at = case when r.opens then $2 when not r.ends then e.due_at end,
		wake = case when r.opens then '{"kind":"arrived"}' when not r.ends then e.wake end,
		last_event_id = case when r.opens then greatest(e.last_event_id, (e.wake ->> 'eventId')::bigint) else e.last_event_id end
	from routed r where e.id = r.id
	returning e.id, e.seq, e.version_id
), pathed as (
	insert into step_paths (enrollment_id, seq, version_id, contact_id, at, first_at, continues, steps, outcomes, reasons)
	select r.id, c.seq, c.version_id, r.contact_id, $2, r.arrived_at, not r.is_new,
		array_remove(array[r.step, case when r.opens then r.to_step end], null),
		case when r.opens then array[null, null]::text[] else array[null]::text[] end,
		case when r.opens then array['version', null] when r.ends then array['version'] else array['moved'] end
	from routed r join changed c on c.id = r.id where r.ends or not r.is_new
), waits_over as (
	delete from event_waits w using routed r where w.enrollment_id = r.id and (r.opens or r.ends)
), waits_kept as (
	update event_waits w set version_id = $3, event = coalesce(r.event, w.event)
	from routed r where w.enrollment_id = r.id and r.way = 'stay'
), withdrawn as (
	update messages m set state = 'withdrawn', decided_at = $2
	from message_keys k join routed r on r.id = k.enrollment_id and r.way = 'exit' where m.id = k.message_id and m.state = 'queued'
), counts as (
	select r.version_id, r.zone, r.arrived_at as at, r.step, m.measure
	from routed r cross join lateral unnest(case
		when not r.ends then case when r.is_new then '{}' else array['carried:out'] end
		else case when r.is_new then array['entered'] else '{}' end || case r.way
			when 'exit' then array['ended:exited', 'dropped:version'] else array['ended:stopped', 'dropped:loop'] end
		end) as m (measure)
	union all select $3, $15, arrived_at, step, 'carried:in' from routed where way = 'stay' and not is_new
	union all select $3, $15, $2, to_step, 'entered' from routed where opens
), counted as (
	insert into step_counts (version_id, day, step, measure, shard, count)
	select version_id, (at at time zone zone)::date as day, step, measure, $16::smallint, count(*) from counts
	group by 1, 2, 3, 4 order by 1, 2, 3, 4
	on conflict (version_id, day, step, measure, shard) do update set count = step_counts.count + excluded.count
)
select count(*) filter (where way = 'stay')::int as stayed, count(*) filter (where way = 'go')::int as moved,
	count(*) filter (where way = 'exit')::int as ended, count(*) filter (where way = 'stop')::int as stopped
from routed`;

/**
 * Carries the enrollments of `ids` (a list of PostgreSQL's), whose rows the caller has locked, to `version`, each by the way
 * from where it stands. One statement, however many they are.
 */
export async function carry(
	tx: Tx,
	ids: string,
	version: VersionPlan,
	ways: readonly WayFrom[],
	{ now, shard }: { now: number; shard: number }
): Promise<Carried> {
	const targets = ways.flatMap(({ versionId, step, way }) =>
		way.is === 'go' ? way.to.map((to, place) => ({ versionId, step, place, to })) : []
	);
	const { rows } = await tx.query<Carried>(CARRY, [
		ids,
		new Date(now),
		version.versionId,
		ways.map((each) => each.versionId),
		ways.map((each) => each.step),
		ways.map((each) => each.way.is),
		ways.map((each) => each.zone),
		ways.map((each) => eventOf(version, each.step)),
		targets.map((each) => each.versionId),
		targets.map((each) => each.step),
		targets.map((each) => each.place),
		targets.map((each) => each.to.step),
		targets.map((each) => each.to.most),
		MOST_VISITS,
		version.zone,
		shard
	]);
	const [carried] = rows;
	if (!carried) throw new Error('A count of people came back without a row.');
	return carried;
}

function eventOf({ plan }: VersionPlan, id: string): string | null {
	const step = plan.steps[id];
	return step?.kind === 'wait.event' ? step.config.event : null;
}
