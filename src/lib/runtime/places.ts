/** Places of `wait.pace` (§3): no more than so many people in any window pass a step, in order, as early as possible. */
import { placeAfter, placesAnew, subtractDuration, type Effect } from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';
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
	const { step, contacts } = first.effect;
	const given = await lockPlaces(tx, journeyId, step, contacts);
	const anew = waiting.map(({ move, effect }) => {
		const place = placeAfter(given, effect, zone, move.at);
		given.push(place);
		move.result = { ...move.result, dueAt: place };
		return place;
	});
	await insertPlaces(tx, journeyId, step, anew);
	// What is further back than a window can reach is asked for by nobody any more.
	await tx.query('delete from places where journey_id = $1 and step = $2 and at < $3', [
		journeyId,
		step,
		new Date(subtractDuration(first.move.at, first.effect.per, zone))
	]);
}

/** The last places of a step, as many as a window can hold, ascending; nobody else gives any until the commit. */
async function lockPlaces(tx: Tx, journeyId: number, step: string, count: number): Promise<number[]> {
	await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`place ${journeyId} ${step}`]);
	const { rows } = await tx.query<{ at: Date }>(
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
	await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`place ${journeyId} ${step}`]);
	const { rows } = await tx.query<{ at: Date }>(
		'select at from places where journey_id = $1 and step = $2 order by at',
		[journeyId, step]
	);
	const kept = rows.map((row) => row.at.getTime());
	for (const { due_at } of overdue) kept.splice(kept.indexOf(due_at.getTime()), 1);
	const anew = placesAnew(kept, overdue.length, drawn.config, first.version.zone, now);
	await tx.query('delete from places where journey_id = $1 and step = $2', [journeyId, step]);
	await insertPlaces(tx, journeyId, step, [...kept, ...anew]);
	await tx.query(
		'update enrollments e set due_at = u.at from unnest($1::bigint[], $2::timestamptz[]) as u (id, at) where e.id = u.id',
		[overdue.map((row) => row.id), anew.map((at) => new Date(at))]
	);
}
