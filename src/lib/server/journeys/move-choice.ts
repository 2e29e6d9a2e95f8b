/** What a publish does with the people inside older versions: they finish there, or move. */
import type { Mapping, Plan } from '$lib/journey/index.ts';
import { movePeople, type Unmapped } from '$lib/runtime/newer-version.ts';
import { enqueuePump } from '$lib/runtime/door.ts';
import { loadPlans } from '$lib/runtime/plans.ts';
import { ApiError } from '../api/errors.ts';
import type { App } from '../app.ts';
import type { Tx } from '../db/db.ts';
import { countInside, sumOf } from './inside.ts';

export type PeopleChoice = { choice: 'finish' } | { choice: 'move'; mapping: Mapping };

/** What became of the people inside. */
export type PeopleOutcome =
	| { choice: 'finish'; inside: number }
	/** Stayed at their step, went to another, had their journey ended, or were stopped by the loop guard. */
	| { choice: 'move'; stayed: number; moved: number; ended: number; stopped: number };

/** Throws ApiError `input.invalid` where a chosen step is none that people can be sent to. */
export function checkMapping(plan: Plan, mapping: Mapping): void {
	for (const [gone, to] of Object.entries(mapping)) {
		if (to === 'exit') continue;
		const step = Object.hasOwn(plan.steps, to.step) ? plan.steps[to.step] : undefined;
		const path = `/people/mapping/${gone}/step`;
		if (!step) throw new ApiError('input.invalid', 'The new version has no such step.', { path });
		if (step.kind.startsWith('trigger.'))
			throw new ApiError('input.invalid', 'Nobody can be sent to a trigger.', { path });
	}
}

/** Does with the people inside what was chosen, in the transaction that made `versionId`. Throws ApiError `publish.unmapped`. */
export async function placePeople(
	tx: Tx,
	{ pool, clock }: App,
	{ journeyId, versionId }: { journeyId: number; versionId: number },
	people: PeopleChoice
): Promise<PeopleOutcome> {
	const now = clock.now();
	if (people.choice === 'finish')
		return { choice: 'finish', inside: sumOf(await countInside(tx, journeyId, now)) };
	const version = (await loadPlans(tx, pool, [versionId])).get(versionId);
	if (!version) throw new Error(`There is no version ${versionId}.`);
	const { mapping } = people;
	const moved = await movePeople(tx, pool, { journeyId, version, mapping, now });
	if (Array.isArray(moved)) throw unmapped(moved);
	await tx.query('update journeys set least_version_id = $2 where id = $1', [journeyId, versionId]);
	if (moved.moved) await enqueuePump(tx);
	return { choice: 'move', ...moved };
}

function unmapped(steps: readonly Unmapped[]): ApiError {
	const people = sumOf(steps);
	return new ApiError(
		'publish.unmapped',
		`${people === 1 ? 'One person is' : `${people} people are`} at a step that the new version does not have. Choose where they go.`,
		{ problems: [...steps] }
	);
}
