/** A journey while it is drawn: the document of the journey language, whose steps may still be unfinished. */
import { kinds, type StepKind } from '$lib/journey/index.ts';

export interface Point {
	x: number;
	y: number;
}

/** A step whose config may lack what the compiler will ask for. */
export interface DraftStep {
	id: string;
	kind: StepKind;
	label?: string;
	config: Record<string, unknown>;
	position?: Point;
	maxVisits?: number;
	disabled?: boolean;
}

export interface DraftEdge {
	from: string;
	outcome: string;
	to: string;
}

export interface DraftDocument {
	format: 'stepwell.journey/1';
	name: string;
	settings: Record<string, unknown>;
	steps: DraftStep[];
	edges: DraftEdge[];
}

/** Outcomes that say something went differently; drawn only once they lead somewhere. */
const sideOutcomes: ReadonlySet<string> = new Set(['blocked', 'failed', 'refused', 'past', 'repeat']);

export function isTrigger(kind: StepKind): boolean {
	return kind.startsWith('trigger.');
}

/** What the outcomes of a step depend on: its kind, and its branches where it has some. */
export type Forking = Pick<DraftStep, 'kind' | 'config'>;

/** The outcomes that a journey is usually drawn along: `next`, or `yes` and `no`, or branches. None for an exit. */
export function mainOutcomes(step: Forking): string[] {
	// A branch may be called what another kind's side outcome is called.
	const side = kinds[step.kind].group === 'decision' ? new Set(['repeat']) : sideOutcomes;
	return allOutcomes(step).filter((outcome) => !side.has(outcome));
}

/** All outcomes of a step, the main ones first. */
export function allOutcomes(step: Forking): string[] {
	return [...new Set(kinds[step.kind].outcomes(step))];
}

/** Whether an outcome without a way of its own goes along `next`: nobody is stranded by a message (§3). */
export function fallsThrough(step: Forking, outcome: string): boolean {
	return ['blocked', 'failed', 'refused'].includes(outcome) && allOutcomes(step).includes('next');
}

export function findStep(document: DraftDocument, id: string): DraftStep | undefined {
	return document.steps.find((step) => step.id === id);
}

/** Throws when there is no such step; for ids that came out of this document. */
export function getStep(document: DraftDocument, id: string): DraftStep {
	const step = findStep(document, id);
	if (!step) throw new Error(`The document has no step "${id}".`);
	return step;
}

export function findEdge(document: DraftDocument, from: string, outcome: string): DraftEdge | undefined {
	return document.edges.find((edge) => edge.from === from && edge.outcome === outcome);
}

/** An outcome has at most one edge, so step and outcome name it. */
export function edgeKey(edge: Pick<DraftEdge, 'from' | 'outcome'>): string {
	return `${edge.from}:${edge.outcome}`;
}

export function findEdgeByKey(document: DraftDocument, key: string): DraftEdge | undefined {
	return document.edges.find((edge) => edgeKey(edge) === key);
}

/** The first main outcome that leads nowhere yet; undefined when all do, or there is none. */
export function freeOutcome(document: DraftDocument, step: DraftStep): string | undefined {
	return mainOutcomes(step).find((outcome) => !findEdge(document, step.id, outcome));
}
