/** The graph of a draft: which edges hold, and the ways through it. */
import { at, diagnose, type Diagnostic, type Fix } from '../diagnostic.ts';
import type { Draft, DraftEdge, DraftStep } from '../draft.ts';

export interface Way {
	from: DraftStep;
	to: DraftStep;
	outcome: string;
	/** Its place among the document's edges. */
	edge: number;
	/** Taking it costs time, so a circle through it is no storm. */
	isTimed: boolean;
	/** The settings of the step rule this outcome out, so nobody ever comes this way. */
	isClosed: boolean;
}

export interface Graph {
	/**
	 * As contacts come to them, from the triggers on: everything that follows ways begins in this order, so that the order
	 * of a document's lists changes nothing.
	 */
	steps: DraftStep[];
	stepById: Map<string, DraftStep>;
	/** The ways that lead out of each step, by id, in the order of its outcomes. */
	waysFrom: Map<string, Way[]>;
	/** The place of each step in `steps`. */
	orderOf: Map<string, number>;
}

/** §6: a wait counts only on the outcomes that take time, and never when it is turned off. */
function isTimed({ kind, step, disabled }: DraftStep, outcome: string): boolean {
	if (disabled) return false;
	// A step that can't be read is an error already; a circle through it is not a second one.
	if (kind === null) return true;
	if (kind === 'wait.for') return outcome === 'next';
	if (kind === 'wait.event') return outcome === 'happened' || outcome === 'timeout';
	if (kind !== 'wait.until' || outcome !== 'next') return false;
	if (step?.kind !== 'wait.until') return true;
	const { at, until, date } = step.config;
	return at !== undefined && until === undefined && date === undefined;
}

/** What a step's own settings rule out. A circle through such a way is a fault all the same, for settings change. */
function isClosed({ step, disabled }: DraftStep, outcome: string, taken: ReadonlySet<string>): boolean {
	if (!step || disabled) return false;
	switch (step.kind) {
		case 'wait.until':
			return outcome === 'past' && step.config.date === undefined;
		case 'decide.random':
			return step.config.branches.some(({ id, weight }) => id === outcome && weight === 0);
		case 'journey.enter':
			// Who was let in is gone, and who was refused has a way of its own.
			return outcome === 'next' && !step.config.stay && taken.has(`${step.id} refused`);
		default:
			return false;
	}
}

function removeEdge(index: number): Fix {
	return { label: 'Remove the connection', patch: [{ op: 'remove', path: at('/edges', index) }] };
}

/** Builds the graph of what holds together, and reports what does not. */
export function readGraph(draft: Draft, nameOf: (step: DraftStep) => string, found: Diagnostic[]): Graph {
	const stepById = new Map<string, DraftStep>();
	for (const step of draft.steps) {
		if (stepById.has(step.id)) found.push(duplicateId(step));
		else stepById.set(step.id, step);
	}
	const taken = new Set<string>();
	const edges = draft.edges.filter((edge) => {
		const fault = edgeFault(edge, stepById, taken, nameOf);
		if (fault) found.push(fault);
		return fault === null;
	});
	const waysFrom = new Map<string, Way[]>();
	for (const edge of edges) addWay(waysFrom, edge, stepById, taken);
	for (const ways of waysFrom.values()) ways.sort(byOutcome);
	const steps = inOrder([...stepById.values()], waysFrom);
	return { steps, stepById, waysFrom, orderOf: new Map(steps.map(({ id }, order) => [id, order])) };
}

function duplicateId(step: DraftStep): Diagnostic {
	const message = 'Two steps have the same id. Remove one of them, or give it another id.';
	return diagnose('id.duplicate', at('/steps', step.index, 'id'), message, { step: step.id });
}

function edgeFault(
	edge: DraftEdge,
	stepById: Map<string, DraftStep>,
	taken: Set<string>,
	nameOf: (step: DraftStep) => string
): Diagnostic | null {
	const from = stepById.get(edge.from);
	const to = stepById.get(edge.to);
	const key = `${edge.from} ${edge.outcome}`;
	const isKnown = from?.outcomes?.includes(edge.outcome) ?? true;
	if (from && to && !to.isTrigger && isKnown && !taken.has(key)) {
		taken.add(key);
		return null;
	}
	const path = at('/edges', edge.index);
	const fix = removeEdge(edge.index);
	const step = from?.id ?? to?.id;
	if (!from || !to) {
		const message = `A connection ${from ? `from “${nameOf(from)}” leads` : to ? `to “${nameOf(to)}” comes from` : 'leads'} ${from || !to ? 'to' : ''} a step that does not exist. Remove it, or connect it to a step.`;
		return diagnose('edge.unknown-step', path, message.replace(/ {2,}/g, ' '), { step, fix });
	}
	if (to.isTrigger) {
		const message = `“${nameOf(to)}” starts the journey, so nothing can lead into it. Connect to the step after it.`;
		return diagnose('edge.into-trigger', path, message, { step: to.id, fix });
	}
	if (!isKnown) {
		const message = `“${nameOf(from)}” never ends as “${edge.outcome}”, so this connection is never taken. Remove it, or use another outcome.`;
		return diagnose('edge.unknown-outcome', path, message, { step: from.id, fix });
	}
	const message = `“${nameOf(from)}” has two connections on “${edge.outcome}”, and a contact can take only one. Remove one.`;
	return diagnose('edge.duplicate', path, message, { step: from.id, fix });
}

function addWay(
	waysFrom: Map<string, Way[]>,
	edge: DraftEdge,
	stepById: Map<string, DraftStep>,
	taken: ReadonlySet<string>
): void {
	const from = stepById.get(edge.from);
	const to = stepById.get(edge.to);
	if (!from || !to) return;
	const { outcome } = edge;
	// A step that is turned off is left by `next` alone; its other outcomes keep their edges for when it is on again.
	if (from.disabled && outcome !== 'next' && outcome !== 'repeat') return;
	const ways = waysFrom.get(from.id) ?? [];
	ways.push({
		from,
		to,
		outcome,
		edge: edge.index,
		isTimed: isTimed(from, outcome),
		isClosed: isClosed(from, outcome, taken)
	});
	waysFrom.set(from.id, ways);
}

/** As the step names its outcomes; those of a step that can't be read by name. */
function byOutcome(one: Way, other: Way): number {
	const place = ({ from, outcome }: Way) => from.outcomes?.indexOf(outcome) ?? 0;
	return place(one) - place(other) || compareIds(one.outcome, other.outcome);
}

function compareIds(one: string, other: string): number {
	return one < other ? -1 : one > other ? 1 : 0;
}

function inOrder(all: DraftStep[], waysFrom: Map<string, Way[]>): DraftStep[] {
	const byId = all.toSorted((one, other) => compareIds(one.id, other.id));
	const ordered = new Set(byId.filter((step) => step.isTrigger));
	for (const step of ordered) for (const way of waysFrom.get(step.id) ?? []) ordered.add(way.to);
	for (const step of byId) ordered.add(step);
	return [...ordered];
}

export function waysOf(graph: Graph, id: string): Way[] {
	return graph.waysFrom.get(id) ?? [];
}
