import type { Diagnostic } from '../diagnostic.ts';
import type { Draft, DraftStep } from '../draft.ts';
import type { Workspace } from '../workspace.ts';
import type { Graph } from './graph.ts';

/** What every check of phase 2 looks at, and where it reports. */
export interface Analysis {
	draft: Draft;
	graph: Graph;
	workspace: Workspace;
	found: Diagnostic[];
	/** What a marketer sees on the step. */
	nameOf(step: DraftStep): string;
}

/** How often one enrollment may visit a step: the step's bound, else the journey's, else once. */
export function maxVisitsOf(step: DraftStep, draft: Draft): number {
	return step.maxVisits ?? draft.settings.maxVisits ?? 1;
}
