/** Places of `wait.pace` (§3): no more than so many people in any window pass a step, in order, as early as possible. */
import { placeAfter, placesAnew, subtractDuration, type Effect } from '$lib/journey/index.ts';
import type { Db, Tx } from '$lib/server/db/db.ts';
import type { Move } from './move.ts';
import type { VersionPlan } from './plans.ts';

type PlaceEffect = Extract<Effect, { kind: 'place' }>;

/** Gives a place to each move that waits for one: it becomes the time when it goes on. */
export async function givePlaces(tx: Tx, moves: readonly Move[]): Promise<void> {
	const waiting = moves.flatMap((move) => {
		const effect = move.result.effects.find((each): each is PlaceEffect => each.kind === 'place');
		return effect && move.result.waitingFor === 'place' ? [{ move, effect }] : [];
	});
	const byStep = Map.groupBy(waiting, ({ move, effect }) => `${move.version.journeyId} ${effect.step}`);
	// In one order, so that two batches never wait for each other in a circle.
	for (const name of [...byStep.keys()].sort()) await giveAtStep(tx, byStep.get(name) ?? []);
}

async function giveAtStep(tx: Tx, waiting: { move: Move; effect: PlaceEffect }[]): Promise<void> {
	const [first] = waiting;
	if (!first) return;
	const { journeyId, zone } = first.move.version;
	const { step } = first.effect;
	const row = await openPlaces(tx, { journeyId, step, zone, rule: first.effect });
	for (const { move } of waiting) move.result = { ...move.result, dueAt: nextPlace(row, move.at) };
	await writePlaces(tx, row, first.move.at);
}

/** The places of one step, or of one trigger's limit, as far as they matter to the next. */
export interface PlaceRow {
	journeyId: number;
	step: string;
	/** The journey's, in which windows count. */
	zone: string;
	rule: { contacts: number; per: string };
	/** Ascending, in ms; those of this transaction included. */
	given: number[];
	/** Given in this transaction. */
	anew: number[];
}

/** Opens a row of places: nobody else gives any of them until the commit. */
export async function openPlaces(tx: Tx, of: Omit<PlaceRow, 'given' | 'anew'>): Promise<PlaceRow> {
	const { journeyId, step, rule } = of;
	return { ...of, given: await lockPlaces(tx, journeyId, step, rule.contacts), anew: [] };
}

/** Gives the next place, not before `now` (ms). */
export function nextPlace({ given, anew, rule, zone }: PlaceRow, now: number): number {
	const place = placeAfter(given, rule, zone, now);
	given.push(place);
	anew.push(place);
	return place;
}

/** Writes the places that were given since `openPlaces`. */
export async function writePlaces(
	tx: Tx,
	{ journeyId, step, zone, rule, anew }: PlaceRow,
	now: number
): Promise<void> {
	if (!anew.length) return;
	await insertPlaces(tx, journeyId, step, anew);
	// What is further back than a window can reach is asked for by nobody any more.
	await tx.query('delete from places where journey_id = $1 and step = $2 and at < $3', [
		journeyId,
		step,
		new Date(subtractDuration(now, rule.per, zone))
	]);
}

/** The last places of a step, as many as a window can hold, ascending; nobody else gives any until the commit. */
async function lockPlaces(tx: Tx, journeyId: number, step: string, count: number): Promise<number[]> {
	await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`place ${journeyId} ${step}`]);
	return lastPlaces(tx, journeyId, step, count);
}

/** The last places of a step, at most `count`, ascending, in ms. */
export async function lastPlaces(db: Db, journeyId: number, step: string, count: number): Promise<number[]> {
	const { rows } = await db.query<{ at: Date }>(
		'select at from places where journey_id = $1 and step = $2 order by at desc, id desc limit $3',
		[journeyId, step, count]
	);
	return rows.map((row) => row.at.getTime()).reverse();
}

async function insertPlaces(tx: Tx, journeyId: number, step: string, places: number[]): Promise<void> {
	await tx.query(
		`insert into places (journey_id, step, at) select $1, $2, * from unnest($3::timestamptz[])`,
		[journeyId, step, places.toSorted((one, other) => one - other).map((at) => new Date(at))]
	);
}

/** New places for those that ran out while the journey was paused, in their order, beside the ones that are kept. */
export async function exchangePlaces(
	tx: Tx,
	{ journeyId, step, zone, rule }: Omit<PlaceRow, 'given' | 'anew'>,
	overdue: readonly number[],
	now: number
): Promise<number[]> {
	await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`place ${journeyId} ${step}`]);
	const { rows } = await tx.query<{ at: Date }>(
		'select at from places where journey_id = $1 and step = $2 order by at',
		[journeyId, step]
	);
	const kept = rows.map((row) => row.at.getTime());
	for (const place of overdue) kept.splice(kept.indexOf(place), 1);
	const anew = placesAnew(kept, overdue.length, rule, zone, now);
	await tx.query('delete from places where journey_id = $1 and step = $2', [journeyId, step]);
	await insertPlaces(tx, journeyId, step, [...kept, ...anew]);
	return anew;
}

interface Overdue {
	id: number;
	step: string;
	due_at: Date;
	version: VersionPlan;
}

/** Gives the places that ran out while a journey was paused anew, in their order (§5.5). `now` in ms since 1970. */
export async function givePlacesAnew(
	tx: Tx,
	journeyId: number,
	versions: ReadonlyMap<number, VersionPlan>,
	now: number
): Promise<void> {
	const { rows } = await tx.query<Omit<Overdue, 'version'> & { version_id: number }>(
		`select id, step, due_at, version_id from enrollments
		 where journey_id = $1 and state = 'waiting' and waiting_for = 'place' and due_at <= $2
		 order by due_at, arrived_at, id for no key update`,
		[journeyId, new Date(now)]
	);
	const overdue = rows.flatMap(({ version_id, ...row }) => {
		const version = versions.get(version_id);
		return version ? [{ ...row, version }] : [];
	});
	for (const [step, all] of Map.groupBy(overdue, (row) => row.step))
		await giveAnewAtStep(tx, journeyId, step, all, now);
}

async function giveAnewAtStep(
	tx: Tx,
	journeyId: number,
	step: string,
	overdue: Overdue[],
	now: number
): Promise<void> {
	const [first] = overdue;
	const drawn = first?.version.plan.steps[step];
	if (!first || drawn?.kind !== 'wait.pace') return;
	const of = { journeyId, step, zone: first.version.zone, rule: drawn.config };
	const anew = await exchangePlaces(
		tx,
		of,
		overdue.map((row) => row.due_at.getTime()),
		now
	);
	await tx.query(
		'update enrollments e set due_at = u.at from unnest($1::bigint[], $2::timestamptz[]) as u (id, at) where e.id = u.id',
		[overdue.map((row) => row.id), anew.map((at) => new Date(at))]
	);
}
