import type { Edge, Settings, Step, StepKind } from '../document.ts';

/** A step as far as it could be read: a broken setting leaves the graph around it readable. */
export interface DraftStep {
	/** Its place in the document. */
	index: number;
	id: string;
	/** Null where this version does not know the kind; then any outcome may be one of its. */
	kind: StepKind | null;
	isTrigger: boolean;
	label?: string;
	maxVisits?: number;
	disabled: boolean;
	/** Null where a setting does not fit. */
	step: Step | null;
}

export interface DraftEdge extends Edge {
	index: number;
}

/** A document as far as it could be read. */
export interface Draft {
	name: string;
	settings: Settings;
	steps: DraftStep[];
	edges: DraftEdge[];
}
