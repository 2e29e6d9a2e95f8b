/** People whom an error stopped in a journey and whom nobody has looked after, as an operator sees them: grouped by what stopped them. */
import type { PlanStep } from '$lib/journey/index.ts';
import type { Db } from '../db/db.ts';
import { COUNTED } from './state.ts';

/** Those of one journey, at one step, by one error. */
export interface FailureGroup {
	journey: { slug: string; name: string };
	step: string;
	/** The step as the newest version among them has it; null where that has no such step. */
	drawn: PlanStep | null;
	reason: string;
	people: number;
	/** How many of them kept how they stood, and so can be tried again. */
	retryable: number;
	newestAt: Date;
}

export interface Failures {
	/** The newest first, at most 50. */
	groups: FailureGroup[];
	/** How many there are in all, counted up to `COUNTED`. */
	people: number;
	groupsInAll: number;
	journeys: number;
}

const SHOWN_GROUPS = 50;
/** What a row without a reason is grouped under. */
const REASON = `coalesce(e.reason, 'failed')`;

// The newest 10,000 of 200,000: 65 ms.
const GROUPS = `with open as (
	select e.journey_id, e.step, ${REASON} as reason, count(*)::int as people, (count(*) filter (where f.kept))::int as retryable,
		max(f.failed_at) as newest_at, max(e.version_id) as version_id
	from (select enrollment_id, failed_at, was is not null as kept from failures order by enrollment_id desc limit $1) f
	join enrollments e on e.id = f.enrollment_id and e.state = 'failed'
	join journeys j on j.id = e.journey_id and j.state <> 'archived'
	group by 1, 2, 3
)
select j.slug, j.name, o.step, v.plan -> 'steps' -> o.step as drawn, o.reason, o.people, o.retryable, o.newest_at as "newestAt",
	(sum(o.people) over ())::int as "all", (count(*) over ())::int as "groupsInAll",
	(select count(distinct journey_id)::int from open) as journeys
from open o join journeys j on j.id = o.journey_id join journey_versions v on v.id = o.version_id
order by o.newest_at desc, j.slug, o.step, o.reason limit $2`;

type GroupRow = Omit<FailureGroup, 'journey'> &
	FailureGroup['journey'] & { all: number } & Pick<Failures, 'groupsInAll' | 'journeys'>;

export async function listFailures(db: Db): Promise<Failures> {
	const { rows } = await db.query<GroupRow>(GROUPS, [COUNTED, SHOWN_GROUPS]);
	const groups = rows.map(({ slug, name, all: _, groupsInAll: __, journeys: ___, ...group }) => ({
		...group,
		journey: { slug, name }
	}));
	const { all = 0, groupsInAll = 0, journeys = 0 } = rows[0] ?? {};
	return { groups, people: all, groupsInAll, journeys };
}

/** Which of them: those of a journey, or only those at a step, or with a reason. */
export interface Which {
	journey: string;
	step?: string | undefined;
	reason?: string | undefined;
}

export interface FailedEnrollment {
	enrollment: number;
	/** The inner number of the person; never who it is. */
	contact: number;
	at: Date;
	retryable: boolean;
}

// $1 to $3 are `which`. Along `enrollments_failed`.
const OF_WHICH = `from enrollments e join failures f on f.enrollment_id = e.id
	where e.journey_id = (select id from journeys where slug = $1) and e.state = 'failed'
		and ($2::text is null or e.step = $2) and ($3::text is null or ${REASON} = $3)`;

const valuesOf = ({ journey, step, reason }: Which) => [journey, step ?? null, reason ?? null];

/** At most `limit` of them, the newest enrollment first, from behind `before` on. */
export async function pageOfFailures(
	db: Db,
	which: Which,
	before: number | null,
	limit: number
): Promise<FailedEnrollment[]> {
	const { rows } = await db.query<FailedEnrollment>(
		`select e.id as enrollment, e.contact_id as contact, f.failed_at as at, f.was is not null as retryable
		 ${OF_WHICH} and ($4::bigint is null or e.id < $4) order by e.id desc limit $5`,
		[...valuesOf(which), before, limit]
	);
	return rows;
}

/** The ids of the next `limit` behind `after`, in the order in which they entered. */
export async function nextFailures(db: Db, which: Which, after: number, limit: number): Promise<number[]> {
	const { rows } = await db.query<{ id: number }>(
		`select e.id ${OF_WHICH} and e.id > $4 order by e.id limit $5`,
		[...valuesOf(which), after, limit]
	);
	return rows.map(({ id }) => id);
}
