/**
 * How much of a batch each journey gets. A million due marketing contacts must not keep one treatment reminder waiting, nor
 * any journey another: all that have somebody due get an equal share, and what one leaves over goes to the others, those that
 * send for treatment first, then operations, then marketing; among these the one whose people wait longest.
 */
import type { Tx } from '$lib/server/db/db.ts';

export interface Share {
	/** The journey's. */
	id: number;
	share: number;
	/** Whether the journey has no more than that. */
	isAll: boolean;
}

// Nobody is counted further than the equal share, so all the counting together reads no more rows than a batch has.
const DUE_JOURNEYS = `with due as materialized (
	select j.id, v.urgency, d.due_at, ceil($2::int::float8 / count(*) over ())::int as most, count(*) over () as journeys
	from journeys j join journey_versions v on v.id = j.live_version_id cross join lateral (
		select min(due_at) as due_at from enrollments where journey_id = j.id and due_at is not null
	) d where j.state = 'live' and d.due_at <= $1
)
select d.id, d.most, case d.journeys when 1 then d.most else (
	select count(*)::int from (select from enrollments e where e.journey_id = d.id and e.due_at <= $1 limit d.most) counted
) end as due from due d order by case $2::int when 1 then 0 else d.urgency end, d.due_at, d.id`;

/**
 * The journeys with people due at `now` (ms since 1970), in the order in which they are to move. With a limit of one, as when
 * a rehearsal plays one after the other, whoever is due first comes first.
 */
export async function sharesOf(tx: Tx, now: number, limit: number): Promise<Share[]> {
	const { rows } = await tx.query<{ id: number; most: number; due: number }>({
		name: 'due-journeys',
		text: DUE_JOURNEYS,
		values: [new Date(now), limit]
	});
	let left = limit - rows.reduce((sum, row) => sum + row.due, 0);
	return rows.map(({ id, most, due }) => {
		const more = due < most ? 0 : Math.max(0, left);
		left -= more;
		return { id, share: due + more, isAll: due < most };
	});
}
