/** How many people are inside a journey, and where, without looking at each of them. */
import type { Db } from '../db/db.ts';

export interface StandingAt {
	versionId: number;
	step: string;
	people: number;
}

// Whoever has a visit open is in the counts: entered or carried in, not left, not ended, not carried out. So no index over who
// stands where is needed, which each step of the runtime would have to write. Those who were admitted and have not begun are in
// no count yet, but always due, and mostly none.
const INSIDE = `select version_id as "versionId", step, sum(people)::int as people from (
	select c.version_id, c.step, case when c.measure in ('entered', 'carried:in') then c.count else -c.count end as people
	from journey_versions v join step_counts c on c.version_id = v.id
	where v.journey_id = $1 and (c.measure in ('entered', 'carried:in', 'carried:out') or c.measure like 'left:%' or c.measure like 'ended:%')
	union all
	select version_id, step, 1 from enrollments where journey_id = $1 and due_at <= $2 and state = 'active'
) as standing group by 1, 2 having sum(people) > 0 order by 1, 2`;

/** Where the people inside a journey stand, by version and step. `now` in ms since 1970. */
export async function countInside(db: Db, journeyId: number, now: number): Promise<StandingAt[]> {
	const { rows } = await db.query<StandingAt>(INSIDE, [journeyId, new Date(now)]);
	return rows;
}

export function sumOf(places: readonly { people: number }[]): number {
	return places.reduce((sum, { people }) => sum + people, 0);
}
