/** Reads the counts that the runtime keeps. Cheap however many visits there were: it never looks at a visit. */
import type { Db } from '../../db/db.ts';
import type { DayRange } from './range.ts';
import type { CountRow } from './step-numbers.ts';

const statement = `
	select version_id as "versionId", step, measure, sum(count)::bigint as count
	from step_counts
	where version_id = any($1::int[])
		and ($2::date is null or day >= $2::date) and ($3::date is null or day <= $3::date)
	group by version_id, step, measure
	having sum(count) <> 0`;

export async function sumCounts(db: Db, versionIds: number[], range: DayRange): Promise<CountRow[]> {
	const { rows } = await db.query<CountRow>(statement, [versionIds, range.from, range.to]);
	return rows;
}

export interface DayCount {
	day: string;
	count: number;
}

const byDayStatement = `
	select c.day, sum(c.count)::bigint as count
	from unnest($1::int[], $2::text[]) as t (version_id, step)
	join step_counts c on c.version_id = t.version_id and c.step = t.step and c.measure = 'entered'
	where ($3::date is null or c.day >= $3::date) and ($4::date is null or c.day <= $4::date)
	group by c.day
	order by c.day`;

/** Visits to certain steps of certain versions, day by day; days without any are left out. */
export async function enteredByDay(
	db: Db,
	places: readonly { versionId: number; step: string }[],
	range: DayRange
): Promise<DayCount[]> {
	const { rows } = await db.query<DayCount>(byDayStatement, [
		places.map((place) => place.versionId),
		places.map((place) => place.step),
		range.from,
		range.to
	]);
	return rows;
}
