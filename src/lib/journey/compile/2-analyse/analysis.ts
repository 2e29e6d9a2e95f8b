import type { AttributeType } from '../../world.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { Draft, DraftStep } from '../draft.ts';
import type { AttributeSummary, TemplateSummary, Workspace } from '../workspace.ts';
import type { Graph } from './graph.ts';
import type { Segments } from './segments.ts';

/** What every check of phase 2 looks at, and where it reports. */
export interface Analysis {
	draft: Draft;
	/** The journey's own; empty where the compiler was not told. */
	slug: string;
	graph: Graph;
	/** The steps that contacts can get to. */
	reached: ReadonlySet<string>;
	/** The circles of the ways that somebody may come. */
	circleOf: ReadonlyMap<string, number>;
	/** The steps so that each comes after those that lead to it, but for ways back in a circle. */
	along: readonly DraftStep[];
	workspace: Workspace;
	attributes: ReadonlyMap<string, AttributeSummary>;
	types: ReadonlyMap<string, AttributeType>;
	templates: ReadonlyMap<string, TemplateSummary>;
	segments: Segments;
	found: Diagnostic[];
	/** What a marketer sees on the step. */
	nameOf(step: DraftStep): string;
}

/** How often one enrollment may visit a step: the step's bound, else the journey's, else once. */
export function maxVisitsOf(step: DraftStep, draft: Draft): number {
	return step.maxVisits ?? draft.settings.maxVisits ?? 1;
}

/** So many steps of a path are told by name. */
const MOST_TOLD = 6;

/** A path in words: “A” → “B” → “C”. */
export function tellPath(ids: readonly string[], { graph, nameOf }: Analysis): string {
	const names = ids.map((id) => {
		const step = graph.stepById.get(id);
		return `“${step ? nameOf(step) : id}”`;
	});
	if (names.length <= MOST_TOLD) return names.join(' → ');
	return [...names.slice(0, MOST_TOLD - 2), '…', ...names.slice(-1)].join(' → ');
}
