/** What moving the people inside to the draft would do, before anything changes (§5.6). */
import { standingOf } from '$lib/journey/index.ts';
import { ApiError } from '../api/errors.ts';
import type { App } from '../app.ts';
import type { Db } from '../db/db.ts';
import type { Draft } from './draft-document.ts';
import { countInside, sumOf, type StandingAt } from './inside.ts';

type DraftStep = Draft['steps'][number];

export interface LostStep {
	/** As the newest version that has people there drew it. */
	step: DraftStep;
	people: number;
	/** Gone: a place must be chosen. Another kind under the same id: it is begun anew, where nothing else is chosen. */
	is: 'gone' | 'other';
}

export interface MovePreview {
	/** All who are inside: they finish on their versions, or move. */
	inside: number;
	/** Those whose step is still there. */
	stay: number;
	/** The others, by their step. */
	lost: LostStep[];
}

/** Previews a publish of the draft as it is saved now. Throws ApiError `not-found`. */
export async function previewMove({ pool, clock }: App, slug: string): Promise<MovePreview> {
	const { rows } = await pool.query<{ id: number; draft: Draft }>(
		'select id, draft from journeys where slug = $1',
		[slug]
	);
	const [journey] = rows;
	if (!journey) throw new ApiError('not-found', 'There is no such journey.');
	const places = await countInside(pool, journey.id, clock.now());
	const steps = await stepsOf(pool, places);
	const kinds = new Map(journey.draft.steps.map(({ id, kind }) => [id, kind]));
	const all = places.map((place) => {
		const step = steps.get(place.versionId)?.find(({ id }) => id === place.step);
		return { ...place, step, is: standingOf(step?.kind, kinds.get(place.step)) };
	});
	return {
		inside: sumOf(all),
		stay: sumOf(all.filter(({ is }) => is === 'same')),
		lost: lostSteps(all)
	};
}

async function stepsOf(db: Db, places: readonly StandingAt[]): Promise<Map<number, DraftStep[]>> {
	const { rows } = await db.query<{ id: number; steps: DraftStep[] }>(
		`select id, document -> 'steps' as steps from journey_versions where id = any($1::int[])`,
		[[...new Set(places.map(({ versionId }) => versionId))]]
	);
	return new Map(rows.map(({ id, steps }) => [id, steps]));
}

interface Placed {
	people: number;
	step: DraftStep | undefined;
	is: 'same' | 'other' | 'gone';
}

/** One row a step, with the people of all versions; places come by version, the newest last. */
function lostSteps(places: readonly Placed[]): LostStep[] {
	const lost = new Map<string, LostStep>();
	for (const { step, people, is } of places) {
		if (!step || is === 'same') continue;
		const before = lost.get(step.id)?.people ?? 0;
		lost.set(step.id, { step, people: before + people, is });
	}
	return [...lost.values()];
}
