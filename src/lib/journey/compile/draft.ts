import type { Edge, Settings, Step, StepKind } from '../document.ts';

/** A step as far as it could be read: a broken setting leaves the graph around it readable. */
export interface DraftStep {
	/** Its place in the document. */
	index: number;
	id: string;
	/** Null where this version does not know the kind. */
	kind: StepKind | null;
	isTrigger: boolean;
	/** The outcomes it may have edges on; null where that can't be told. */
	outcomes: string[] | null;
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
