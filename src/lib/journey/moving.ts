/** What becomes of somebody at a step when their journey moves to a newer version (§5.6). */
import type { Plan, PlanStep } from './plan.ts';

/** Where those go whose step is gone, by that step's id. */
export type Mapping = Record<string, { step: string } | 'exit'>;

export type Way =
	/** The step is still there: whatever they wait for stands, and so does the time until which they wait. */
	| { is: 'stay' }
	/** They arrive at the first of these that they may still visit; where there is none, the loop guard stops them. */
	| { is: 'go'; to: { step: string; most: number | null }[] }
	| { is: 'exit' };

/** How a step of an older version stands to the newer one: there as before, there as another kind, or gone. */
export function standingOf(
	kindBefore: string | undefined,
	kindNow: string | undefined
): 'same' | 'other' | 'gone' {
	if (kindNow === undefined) return 'gone';
	return kindNow === kindBefore ? 'same' : 'other';
}

/**
 * The way of those who stand at `step`, which was of the kind `kindBefore`; null where it is gone and `mapping` says nothing. A
 * step that became another one under the same id is begun anew where nothing else is said, and that is no second visit of it.
 */
export function findWay(
	plan: Plan,
	step: string,
	kindBefore: string | undefined,
	mapping: Mapping
): Way | null {
	const now = findStep(plan, step);
	const standing = standingOf(kindBefore, now?.kind);
	if (standing === 'same') return { is: 'stay' };
	const chosen = Object.hasOwn(mapping, step) ? mapping[step] : undefined;
	if (chosen === 'exit') return { is: 'exit' };
	if (chosen && chosen.step !== step) return { is: 'go', to: alongRepeat(plan, chosen.step) };
	return now ? { is: 'go', to: [{ step, most: null }] } : null;
}

/** A step and where its `repeat` leads, as an arrival is led on that would be one too many (§6). */
function alongRepeat(plan: Plan, start: string): { step: string; most: number }[] {
	const way = new Map<string, number>();
	for (let id: string | null = start; id !== null && !way.has(id);) {
		const step = findStep(plan, id);
		if (!step) break;
		way.set(id, step.maxVisits);
		id = step.outcomes['repeat'] ?? null;
	}
	return [...way].map(([step, most]) => ({ step, most }));
}

function findStep(plan: Plan, id: string): PlanStep | undefined {
	return Object.hasOwn(plan.steps, id) ? plan.steps[id] : undefined;
}
