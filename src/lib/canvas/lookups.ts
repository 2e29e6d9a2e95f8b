/** Tables built once for a document, so that drawing looks nothing up step by step. They are replaced whole, never changed. */
import type { Diagnostic } from '$lib/journey/index.ts';
import { edgeKey, type DraftDocument, type DraftEdge, type DraftStep } from './document.ts';

export function stepsByIdOf(document: DraftDocument): ReadonlyMap<string, DraftStep> {
	return new Map(document.steps.map((step) => [step.id, step]));
}

export function edgesByKeyOf(document: DraftDocument): ReadonlyMap<string, DraftEdge> {
	return new Map(document.edges.map((edge) => [edgeKey(edge), edge]));
}

/** The problems that name a step, by its id. */
export function problemsByStepOf(problems: readonly Diagnostic[]): ReadonlyMap<string, Diagnostic[]> {
	const byStep = new Map<string, Diagnostic[]>();
	for (const problem of problems)
		if (problem.step !== undefined) byStep.set(problem.step, [...(byStep.get(problem.step) ?? []), problem]);
	return byStep;
}

/** Keys of the edges along the steps that a problem names; a loop is closed from its last step to its first. */
export function edgesAlong(document: DraftDocument, problem: Diagnostic | null): ReadonlySet<string> {
	const steps = problem?.steps ?? [];
	const isLoop = problem?.code.startsWith('loop.') ?? false;
	const lit = new Set<string>();
	steps.forEach((from, index) => {
		const to = steps[index + 1] ?? (isLoop ? steps[0] : undefined);
		for (const edge of document.edges) if (edge.from === from && edge.to === to) lit.add(edgeKey(edge));
	});
	return lit;
}

export function setOf(ids: readonly string[]): ReadonlySet<string> {
	return new Set(ids);
}
