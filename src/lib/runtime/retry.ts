/** Sets failed enrollments going again, where they stood: what their failure counted is taken back, and they are due now. */
import type { Tx } from '$lib/server/db/db.ts';
import { ZONE_OF_VERSION } from '$lib/server/mail/step-counts.ts';
import { shards } from './counts.ts';
import { enqueuePump } from './door.ts';

// The person first, in the order of ids, as intake and router do it: the re-entry rule is asked below.
const LOCK_PEOPLE = `select c.id from contacts c
	where c.id in (select contact_id from enrollments where id = any($1::bigint[]) and state = 'failed')
	order by c.id for no key update`;

const LOCK = `select id from enrollments where id = any($1::bigint[]) and state = 'failed' and contact_id = any($2::bigint[])
	order by id for update`;

// Nobody goes on who is inside the journey anew where the re-entry rule lets nobody be there twice; of two failed ones of a
// person the later goes on. A journey that is over takes nobody back.
const MAY_GO_ON = `select id from (
	select e.id, row_number() over (partition by e.contact_id, e.journey_id, may.be_twice order by e.id desc) as nth,
		may.be_twice, exists (
			select 1 from enrollment_keys k join enrollments o on o.id = k.enrollment_id
			where k.contact_id = e.contact_id and k.journey_id = e.journey_id and o.ended_at is null
		) as is_inside
	from enrollments e join journeys j on j.id = e.journey_id and j.state in ('live', 'paused')
	join journey_versions v on v.id = e.version_id
	cross join lateral (select v.plan #>> '{settings,reentry,when}' is not distinct from 'always' or exists (
		select 1 from enrollment_keys k where k.contact_id = e.contact_id and k.journey_id = e.journey_id
			and k.enrollment_id = e.id and starts_with(k.key, 'key:')
	) as be_twice) may
	where e.id = any($1::bigint[])
) asked where be_twice or (nth = 1 and not is_inside)`;

// The failure closed a visit, or opened one at the entry and closed it at once. The first goes on where it stood, its path as
// it is. The second never happened: its path, its visit and its count go, and the step is arrived at anew. `wake` is still
// what it was.
const RETRY = `with was as (
	select e.id, e.version_id, e.step, e.arrived_at, e.ended_at, e.reason, p.seq is null and e.seq = 0 as is_unwritten,
		coalesce(not p.continues and p.steps = array[e.step] and p.at = e.ended_at, e.seq = 0) as is_new
	from enrollments e left join step_paths p on p.enrollment_id = e.id and p.seq = e.seq
	where e.id = any($1::bigint[])
), unwalked as (
	delete from step_paths p using was where was.is_new and p.enrollment_id = was.id and p.at = was.ended_at
), resumed as (
	update enrollments e set reason = null, ended_at = null, due_at = $2,
		state = case when was.is_new then 'active' else 'waiting' end,
		waiting_for = case when was.is_new then null else 'time' end,
		wake = coalesce(e.wake, case when was.is_new then '{"kind":"start"}'::jsonb end),
		seq = e.seq - back.by, visit_count = e.visit_count - back.by,
		arrivals = case when back.by = 0 then e.arrivals
			when (e.arrivals ->> e.step)::int > 1 then jsonb_set(e.arrivals, array[e.step], to_jsonb((e.arrivals ->> e.step)::int - 1))
			else e.arrivals - e.step end
	from was cross join lateral (select (was.is_new and not was.is_unwritten)::int as by) back where e.id = was.id
	returning e.id
), counted as (
	insert into step_counts (version_id, day, step, measure, shard, count)
	select was.version_id, (was.arrived_at at time zone ${ZONE_OF_VERSION})::date as day, was.step, m.measure, $3::smallint, -count(*)
	from was join journey_versions v on v.id = was.version_id
	cross join lateral (values ('ended:failed'), ('dropped:' || coalesce(was.reason, 'failed')), ('entered')) as m (measure)
	where m.measure <> 'entered' or was.is_new
	group by 1, 2, 3, 4 order by 1, 2, 3, 4
	on conflict (version_id, day, step, measure, shard) do update set count = step_counts.count + excluded.count
)
select count(*)::int as resumed from resumed`;

/**
 * Lets those of these enrollments go on that have failed, and gives how many did: not those of a journey that is over, nor of a
 * person who is gone or inside anew. They are due at `now` (ms since 1970) and the pump is woken with the commit. What they did
 * before they failed stays done; the keys of messages and entries hold, so that nothing is done twice.
 */
export async function retryFailed(tx: Tx, ids: readonly number[], now: number): Promise<number> {
	const people = await idsOf(tx, LOCK_PEOPLE, [ids]);
	const locked = await idsOf(tx, LOCK, [ids, people]);
	const chosen = await idsOf(tx, MAY_GO_ON, [locked]);
	if (!chosen.length) return 0;
	const { rows } = await tx.query<{ resumed: number }>(RETRY, [chosen, new Date(now), shards.retry]);
	await enqueuePump(tx);
	return rows[0]?.resumed ?? 0;
}

async function idsOf(tx: Tx, statement: string, values: unknown[]): Promise<number[]> {
	const { rows } = await tx.query<{ id: number }>(statement, values);
	return rows.map((row) => row.id);
}
