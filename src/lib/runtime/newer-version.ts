/** Moves people to a newer version of their journey (§5.6): all at once when it is published, and who slipped in meanwhile after. */
import { findWay, type Mapping } from '$lib/journey/index.ts';
import type { Tx } from '$lib/server/db/db.ts';
import { carry, type Carried, type WayFrom } from './carry.ts';
import type { Claimed } from './claim.ts';
import { loadPlans, type VersionPlan } from './plans.ts';

/** A step that is gone, where people stand for whom nothing was chosen. */
export interface Unmapped {
	step: string;
	people: number;
}

export interface MoveTo {
	journeyId: number;
	version: VersionPlan;
	mapping: Mapping;
	/** Ms since 1970. */
	now: number;
}

// Each of the two indexes alone would miss somebody who gets or loses a due time just then, so both are read in one snapshot,
// and what is locked is asked only whether it is still inside. A batch that works on somebody is waited for; its result is what
// is moved. In the order of ids, as others lock.
const LOCK_INSIDE = `with inside as materialized (
	select id from enrollments where journey_id = $1 and due_at is not null
	union all select id from enrollments where journey_id = $1 and due_at is null and ended_at is null
), locked as materialized (
	select e.id from inside i join enrollments e on e.id = i.id
	where e.ended_at is null and e.version_id <> $2 order by e.id for update of e
)
select coalesce(array_agg(id), '{}')::text as ids from locked`;

// Beside those of the runtime, which are up to 103, and that of `cancel.ts`.
const SHARD = 111;

/**
 * Moves everybody inside older versions to `version`. Who is admitted to an older one by a transaction that is still open is not
 * seen here; `journeys.least_version_id`, which the caller sets, brings them along when they are first claimed. Gives the steps
 * for which nothing was chosen, and then has moved nobody.
 */
export async function movePeople(
	tx: Tx,
	scope: object,
	{ journeyId, version, mapping, now }: MoveTo
): Promise<Carried | Unmapped[]> {
	const total: Carried = { stayed: 0, moved: 0, ended: 0, stopped: 0 };
	// Who came in while the first were moved comes along in a second round.
	for (let round = 1; round <= 2; round++) {
		const ids = await lockInside(tx, journeyId, version.versionId);
		const { ways, unmapped } = waysFrom(version, await placesOf(tx, scope, ids), mapping);
		if (unmapped.length) return sumBySteps(unmapped);
		addTo(total, await carry(tx, ids, version, ways, { now, shard: SHARD }));
	}
	await forgetPlaces(tx, version);
	return total;
}

async function lockInside(tx: Tx, journeyId: number, versionId: number): Promise<string> {
	const { rows } = await tx.query<{ ids: string }>(LOCK_INSIDE, [journeyId, versionId]);
	return rows[0]?.ids ?? '{}';
}

function addTo(total: Carried, more: Carried): void {
	total.stayed += more.stayed;
	total.moved += more.moved;
	total.ended += more.ended;
	total.stopped += more.stopped;
}

interface Place {
	versionId: number;
	zone: string;
	step: string;
	kind: string | undefined;
	people: number;
}

/** The ways from where people stand, and where nothing says which. */
function waysFrom(
	version: VersionPlan,
	places: readonly Place[],
	mapping: Mapping
): { ways: WayFrom[]; unmapped: Unmapped[] } {
	const ways: WayFrom[] = [];
	const unmapped: Unmapped[] = [];
	for (const { people, kind, ...place } of places) {
		const way = findWay(version.plan, place.step, kind, mapping);
		if (way) ways.push({ ...place, way });
		else unmapped.push({ step: place.step, people });
	}
	return { ways, unmapped };
}

/** Where these people stand. */
async function placesOf(tx: Tx, scope: object, ids: string): Promise<Place[]> {
	const { rows } = await tx.query<{ version_id: number; step: string; people: number }>(
		`select e.version_id, e.step, count(*)::int as people from unnest($1::bigint[]) as i (id)
		 join enrollments e on e.id = i.id group by 1, 2 order by 1, 2`,
		[ids]
	);
	const plans = await loadPlans(
		tx,
		scope,
		rows.map((row) => row.version_id)
	);
	return rows.map(({ version_id: versionId, step, people }) => {
		const { zone = 'UTC', plan } = plans.get(versionId) ?? {};
		return { versionId, zone, step, kind: plan?.steps[step]?.kind, people };
	});
}

function sumBySteps(places: readonly Unmapped[]): Unmapped[] {
	return [...Map.groupBy(places, ({ step }) => step)].map(([step, all]) => ({
		step,
		people: all.reduce((sum, { people }) => sum + people, 0)
	}));
}

/** Nobody asks any more for the places of steps that are gone. */
async function forgetPlaces(tx: Tx, { journeyId, plan }: VersionPlan): Promise<void> {
	const kept = Object.values(plan.steps).filter(
		({ kind }) => kind === 'wait.pace' || kind.startsWith('trigger.')
	);
	await tx.query('delete from places where journey_id = $1 and step <> all ($2::text[])', [
		journeyId,
		kept.map(({ id }) => id)
	]);
}

/** Whether somebody stands on a version from which everybody was moved away. */
export function isStray({ versionId, leastVersionId }: Claimed): boolean {
	return leastVersionId !== null && versionId < leastVersionId;
}

/** Lets strays, whom the caller has claimed, follow the others; where nothing was chosen for a step, their journey ends. */
export async function moveStrays(
	tx: Tx,
	scope: object,
	strays: readonly Claimed[],
	moment: { now: number; shard: number }
): Promise<void> {
	for (const [least, all] of Map.groupBy(strays, (stray) => stray.leastVersionId)) {
		if (least === null) continue;
		const version = (await loadPlans(tx, scope, [least])).get(least);
		if (!version) throw new Error(`There is no version ${least}.`);
		const mapping = await mappingOf(tx, least);
		const ids = `{${all.map(({ id }) => id).join()}}`;
		const places = await placesOf(tx, scope, ids);
		const unchosen = waysFrom(version, places, mapping).unmapped.map(({ step }) => [step, 'exit'] as const);
		const { ways } = waysFrom(version, places, { ...mapping, ...Object.fromEntries(unchosen) });
		await carry(tx, ids, version, ways, moment);
	}
}

async function mappingOf(tx: Tx, versionId: number): Promise<Mapping> {
	const { rows } = await tx.query<{ mapping: Mapping | null }>(
		'select mapping from journey_versions where id = $1',
		[versionId]
	);
	return rows[0]?.mapping ?? {};
}
