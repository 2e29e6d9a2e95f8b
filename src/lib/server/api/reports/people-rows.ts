/** The visits, messages and refusals behind a number, newest enrollment first, a page at a time. */
import type { Db } from '../../db/db.ts';
import type { Measure, MessageMeasure, VisitMeasure } from './measures.ts';

/** Where to look: a step (null: every step) of a version, in its days. `outcome` counts only for the measure `end`. */
export interface Target {
	versionId: number;
	since: Date | null;
	until: Date | null;
	step: string | null;
	outcome: string | null;
}

/** One of those that a number counts. */
export interface Behind {
	/** Inner id of the contact; the person may be deleted since. */
	contactId: number;
	/** When the visit began, or the entry was refused. */
	at: Date;
	step: string;
	/** How the visit was left; null while it is open, or where it ended. */
	outcome: string | null;
	/** State of the enrollment, or of the message: also `opened` and `clicked`. Null where the list is about neither. */
	state: string | null;
	reason: string | null;
	/** Where the row is in the list's order; ids only. */
	position: number[];
}

export interface Page {
	/** The position after which to go on; null at the start. */
	after: number[] | null;
	limit: number;
}

const targetsCte = `with t as (
	select version_id, coalesce(since, '-infinity') as since, coalesce(until, 'infinity') as until, step, outcome
	from unnest($1::int[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::text[]) as u (version_id, since, until, step, outcome)
)`;

// A visit spans two rows where it was waiting: the second continues it, with its outcome, and `first_at` is its arrival.
const visitConditions: Record<'entered' | 'left' | 'end', string> = {
	entered: 'not (p.continues and v.i = 1)',
	left: 'v.outcome is not null and ($6::text is null or v.outcome = $6)',
	end: 'v.outcome is not distinct from t.outcome and not (v.outcome is null and p.continues and v.i = 1)'
};

const visitsStatement = (name: keyof typeof visitConditions) => `${targetsCte}
	select p.contact_id as "contactId", v.at, v.step, v.outcome, null as state, v.reason,
		array[p.enrollment_id, p.seq, v.i] as position
	from t join step_paths p on p.version_id = t.version_id and p.at >= t.since
	cross join lateral (
		select u.*, case when p.continues and u.i = 1 then p.first_at else p.at end as at
		from unnest(p.steps, p.outcomes, p.reasons) with ordinality as u (step, outcome, reason, i)
	) v
	where (t.step is null or v.step = t.step) and v.at >= t.since and v.at < t.until
		and ${visitConditions[name]}${name === 'left' ? '' : ' and $6::text is null'}
		and ($7::bigint[] is null or (p.enrollment_id, p.seq, v.i) < ($7[1], $7[2], $7[3]))
	order by p.enrollment_id desc, p.seq desc, v.i desc
	limit $8`;

const enrollmentConditions: Record<'waiting' | 'dropped' | 'reached', string> = {
	waiting: `e.state = 'waiting' and $6::text is null`,
	dropped: `e.state in ('exited', 'stopped', 'cancelled', 'failed') and ($6::text is null or coalesce(e.reason, e.state) = $6)`,
	reached: `e.state = 'converted' and $6::text is null`
};

const enrollmentsStatement = (name: keyof typeof enrollmentConditions) => `${targetsCte}
	select e.contact_id as "contactId", e.arrived_at as at, e.step, null as outcome, e.state, e.reason,
		array[e.id] as position
	from t join enrollments e on e.version_id = t.version_id and (t.step is null or e.step = t.step)
		and e.arrived_at >= t.since and e.arrived_at < t.until
	where ${enrollmentConditions[name]} and ($7::bigint[] is null or e.id < $7[1])
	order by e.id desc
	limit $8`;

const sent = `m.state = 'sent'`;
const messageConditions: Record<MessageMeasure, string> = {
	sent,
	delivered: `${sent} and m.bounced_at is null`,
	opened: 'm.opened_at is not null',
	clicked: 'm.clicked_at is not null',
	engaged: '(m.opened_at is not null or m.clicked_at is not null)',
	unopened: `${sent} and m.opened_at is null and m.clicked_at is null`,
	machine: 'm.machine_at is not null',
	blocked: `m.state = 'blocked' and ($6::text is null or m.reason = $6)`,
	failed: `m.state = 'failed'`,
	unsent: `m.state in ('blocked', 'failed')`,
	bounced: 'm.bounced_at is not null',
	complained: 'm.complained_at is not null',
	unsubscribed: 'm.unsubscribed_at is not null'
};

const messagesStatement = (name: MessageMeasure) => `${targetsCte}
	select m.contact_id as "contactId", m.visit_at as at, m.step, null as outcome, m.reason,
		case when m.clicked_at is not null then 'clicked' when m.opened_at is not null then 'opened' else m.state end as state,
		array[m.id] as position
	from t join messages m on m.version_id = t.version_id and (t.step is null or m.step = t.step)
		and m.visit_at >= t.since and m.visit_at < t.until
	where ${messageConditions[name]}${name === 'blocked' ? '' : ' and $6::text is null'}
		and ($7::bigint[] is null or m.id < $7[1])
	order by m.id desc
	limit $8`;

const refusalsStatement = `${targetsCte}
	select r.contact_id as "contactId", r.at, r.step, null as outcome, null as state, r.reason,
		array[r.id] as position
	from t join refusals r on r.version_id = t.version_id and (t.step is null or r.step = t.step)
		and r.at >= t.since and r.at < t.until
	where ($6::text is null or r.reason = $6) and ($7::bigint[] is null or r.id < $7[1])
	order by r.id desc
	limit $8`;

function statementFor(measure: Measure): string {
	switch (measure.of) {
		case 'visits':
			return statementForVisits(measure.name);
		case 'messages':
			return messagesStatement(measure.name);
		case 'refusals':
			return refusalsStatement;
	}
}

function statementForVisits(name: VisitMeasure): string {
	switch (name) {
		case 'entered':
		case 'left':
		case 'end':
			return visitsStatement(name);
		case 'waiting':
		case 'dropped':
		case 'reached':
			return enrollmentsStatement(name);
	}
}

/** At most `page.limit` rows of those that the number counts. Each statement is one of a fixed few; values are parameters. */
export async function selectBehind(
	db: Db,
	measure: Measure,
	targets: readonly Target[],
	page: Page
): Promise<Behind[]> {
	const { rows } = await db.query<Behind>(statementFor(measure), [
		targets.map((target) => target.versionId),
		targets.map((target) => target.since),
		targets.map((target) => target.until),
		targets.map((target) => target.step),
		targets.map((target) => target.outcome),
		measure.which,
		page.after,
		page.limit
	]);
	return rows.map((row) => ({ ...row, position: row.position.map(Number) }));
}
