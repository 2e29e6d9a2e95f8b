/**
 * At an instant events come first, each with all that it sets going, then what is due, one after the other (§5.10). The
 * runtime's batches take whatever is due together; so that each can come to rest before the next, all that is due by time is
 * put off, and given back one by one.
 */
import { compareText } from '$lib/journey/text.ts';
import type { Db } from '$lib/server/db/db.ts';
import { WAS_CAUSED } from '../claim.ts';

/** Something due: an enrollment, an entry of one contact, or a run that asks everybody. */
export interface Due {
	sort: 'enrollment' | 'entry' | 'run' | 'deferred' | 'midnight';
	at: Date;
	slug: string;
	journey_id: number;
	contact_id: number;
	/** An enrollment's number, or that of an entry which was deferred. */
	id: number;
	/** An entry's and a run's trigger, and its place in the document; a midnight's zone. */
	step: string;
	trigger: number;
	occurrence: string;
}

const PLACE = `(select t.n from jsonb_array_elements(v.plan->'triggers') with ordinality as t (x, n) where t.x->>'step' = d.step)::int`;
const OF_ENTRIES = `from journeys j join journey_versions v on v.id = j.live_version_id`;
const LIST = `
	select 'enrollment' as sort, e.due_at as at, j.slug, e.journey_id, e.contact_id, e.id, '' as step, 0 as trigger, '' as occurrence
	from enrollments e join journeys j on j.id = e.journey_id where j.state = 'live' and e.due_at <= $1 and not ${WAS_CAUSED}
	union all select 'entry', d.due_at, j.slug, d.journey_id, d.contact_id, 0, d.step, ${PLACE}, d.occurrence
	${OF_ENTRIES} join planned_entries d on d.journey_id = j.id where d.due_at <= $1
	union all select 'run', d.due_at, j.slug, d.journey_id, 0, 0, d.step, ${PLACE}, ''
	${OF_ENTRIES} join planned_runs d on d.journey_id = j.id where d.due_at <= $1
	union all select 'deferred', d.due_at, j.slug, d.journey_id, d.contact_id, d.id, d.step, ${PLACE}, ''
	${OF_ENTRIES} join deferred_entries d on d.journey_id = j.id where j.state = 'live' and d.has_place and d.due_at <= $1
	union all select 'midnight', due_at, '', 0, 0, 0, zone, 0, '' from segment_midnights where due_at <= $1`;

// Where no scenario ends.
const FAR = `interval '1000 years'`;

/** Puts off all that is due at `now` (ms since 1970) by time, and gives it in the language's order. */
export async function putOff(db: Db, now: number): Promise<Due[]> {
	const { rows } = await db.query<Due>(LIST, [new Date(now)]);
	if (!rows.length) return [];
	await db.query(
		`update enrollments e set due_at = e.due_at + ${FAR} from journeys j
		 where j.id = e.journey_id and j.state = 'live' and e.due_at <= $1 and not ${WAS_CAUSED}`,
		[new Date(now)]
	);
	await db.query(
		`update deferred_entries d set due_at = d.due_at + ${FAR} from journeys j
		 where j.id = d.journey_id and j.state = 'live' and d.has_place and d.due_at <= $1`,
		[new Date(now)]
	);
	for (const table of ['planned_entries', 'planned_runs', 'segment_midnights'])
		await db.query(`update ${table} set due_at = due_at + ${FAR} where due_at <= $1`, [new Date(now)]);
	return inOrder(rows);
}

/** By due time and journey; then by contact, where those inside come before those at the door. */
function inOrder(dues: Due[]): Due[] {
	const groupOf = ({ at, slug }: Due) => `${at.getTime()} ${slug}`;
	// A run asks all contacts in one go, so in its journey the doors come after all who are inside.
	const runs = new Set(dues.filter(({ sort }) => sort === 'run').map(groupOf));
	const isMidnight = ({ sort }: Due) => Number(sort === 'midnight');
	return dues.toSorted((one, other) => {
		// Before whatever else is due (§4).
		const byMidnight = isMidnight(other) - isMidnight(one);
		if (byMidnight) return byMidnight;
		const byTime = one.at.getTime() - other.at.getTime() || compareText(one.slug, other.slug);
		if (byTime) return byTime;
		const isInside = ({ sort }: Due) => Number(sort === 'enrollment');
		const byContact = one.contact_id - other.contact_id;
		const byDoor = isInside(other) - isInside(one) || one.trigger - other.trigger;
		return (runs.has(groupOf(one)) ? byDoor || byContact : byContact || byDoor) || one.id - other.id;
	});
}

/** Makes one due again, unless an event woke or ended it meanwhile, or a change planned it anew. */
export async function giveBack(db: Db, due: Due): Promise<void> {
	const { at, journey_id, step, contact_id, occurrence } = due;
	switch (due.sort) {
		case 'enrollment':
			await db.query(
				`update enrollments set due_at = $2 where id = $1 and due_at = $2::timestamptz + ${FAR}`,
				[due.id, at]
			);
			return;
		case 'entry':
			await db.query(
				`update planned_entries set due_at = $5
				 where journey_id = $1 and step = $2 and contact_id = $3 and occurrence = $4 and due_at = $5::timestamptz + ${FAR}`,
				[journey_id, step, contact_id, occurrence, at]
			);
			return;
		case 'deferred':
			await db.query(
				`update deferred_entries set due_at = $2 where id = $1 and due_at = $2::timestamptz + ${FAR}`,
				[due.id, at]
			);
			return;
		case 'midnight':
			await db.query(
				`update segment_midnights set due_at = $2 where zone = $1 and due_at = $2::timestamptz + ${FAR}`,
				[step, at]
			);
			return;
		case 'run':
			await db.query(
				`update planned_runs set due_at = $3 where journey_id = $1 and step = $2 and due_at = $3::timestamptz + ${FAR}`,
				[journey_id, step, at]
			);
	}
}
