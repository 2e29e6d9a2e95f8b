/** Counts, paths, enrollments, messages and waits must tell one story. */
import type pg from 'pg';
import { expect } from 'vitest';

// What the counts must be, from the rows behind them; both sides by version, step and measure.
const COUNTS = `with visits as (
	select p.version_id, lag(p.version_id) over way as version_before, array_length(p.steps, 1) as length, u.i,
		p.enrollment_id, p.seq, u.step, u.outcome, not (p.continues and u.i = 1) as is_new,
		u.i = array_length(p.steps, 1) as is_last
	from step_paths p cross join lateral unnest(p.steps, p.outcomes) with ordinality as u (step, outcome, i)
	window way as (partition by p.enrollment_id order by p.seq, u.i)
), carried as (
	select * from visits where i = 1 and not is_new and version_before <> version_id
), expected as (
	select version_id, step, 'entered' as measure from visits where is_new
	union all select version_before, step, 'carried:out' from carried
	union all select version_id, step, 'carried:in' from carried where length = 1 and outcome is null
	union all select version_id, step, 'left:' || outcome from visits where outcome is not null
	union all select v.version_id, v.step, 'ended:' || e.state from visits v join enrollments e on e.id = v.enrollment_id and e.seq = v.seq
		where v.is_last and v.outcome is null and e.ended_at is not null
	union all select e.version_id, e.step, 'dropped:' || coalesce(e.reason, e.state) from enrollments e join journey_versions v on v.id = e.version_id
		where e.state in ('exited', 'stopped', 'cancelled', 'failed') and v.plan->'steps'->e.step->>'kind' <> 'exit'
	union all select version_id, step, 'sent' from messages where state = 'sent'
	union all select version_id, step, 'delivered' from messages where state = 'sent' and bounced_at is null
	union all select version_id, step, 'failed' from messages where state = 'failed'
	union all select version_id, step, 'blocked:' || reason from messages where state = 'blocked'
	union all select version_id, step, 'refused:' || reason from refusals
), wanted as (
	select version_id, step, measure, count(*)::int as n from expected group by 1, 2, 3
), counted as (
	select version_id, step, measure, sum(count)::int as n from step_counts
	where measure ~ '^(entered|sent|delivered|failed)$|^(left|ended|dropped|blocked|refused|carried):' group by 1, 2, 3 having sum(count) <> 0
)
select step, measure, w.n as wanted, c.n as counted from wanted w full join counted c using (version_id, step, measure)
where w.n is distinct from c.n order by 1, 2`;

const WAITING = `with standing as (
	select version_id, step, sum(case when measure in ('entered', 'carried:in') then count else -count end)::int as n from step_counts
	where measure in ('entered', 'carried:in', 'carried:out') or measure like 'left:%' or measure like 'ended:%' group by 1, 2
), people as (
	select version_id, step, count(*)::int as n from enrollments where state = 'waiting' group by 1, 2
)
select step, s.n as counted, p.n as people from standing s full join people p using (version_id, step)
where coalesce(s.n, 0) <> coalesce(p.n, 0)`;

const NOT_ONE_STORY = `select e.id, e.state, e.seq, e.visit_count, p.paths, p.visits from enrollments e
	left join lateral (
		select count(*)::int as paths, count(distinct seq)::int as seqs,
			sum(array_length(steps, 1) - case when continues then 1 else 0 end)::int as visits
		from step_paths where enrollment_id = e.id
	) p on true
	where e.seq <> p.paths or p.seqs <> p.paths or e.visit_count <> coalesce(p.visits, 0)`;

const WAITS_ASTRAY = `select e.id as enrollment, e.state, w.event from
	(select * from enrollments where waiting_for in ('event', 'approval') and wake is null) e
	full join event_waits w on w.enrollment_id = e.id where e.id is null or w.enrollment_id is null`;

const MESSAGES_ASTRAY = `select m.id, k.message_id from messages m full join message_keys k on k.message_id = m.id
	and k.enrollment_id = m.enrollment_id and k.step = m.step and k.arrival = m.arrival
	where m.id is null or k.message_id is null`;

const LOOKS = {
	'counts and the rows behind them': COUNTS,
	'people counted as waiting and people waiting': WAITING,
	'enrollments and their paths': NOT_ONE_STORY,
	'enrollments waiting for an event and their waits': WAITS_ASTRAY,
	'messages and their keys': MESSAGES_ASTRAY
};

/** What disagrees, with its rows; nothing where all is well. */
export async function findContradictions(pool: pg.Pool): Promise<{ what: string; rows: unknown[] }[]> {
	const found: { what: string; rows: unknown[] }[] = [];
	for (const [what, statement] of Object.entries(LOOKS)) {
		const { rows } = await pool.query(statement);
		if (rows.length) found.push({ what, rows });
	}
	return found;
}

/** Fails with the rows that disagree. */
export async function expectOneStory(pool: pg.Pool): Promise<void> {
	expect(await findContradictions(pool)).toEqual([]);
}
