/** The graph of a draft: which edges hold, and the ways through it. */
import { kinds } from '../../kinds.ts';
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
}

export interface Graph {
	steps: DraftStep[];
	stepById: Map<string, DraftStep>;
	/** The ways that lead out of each step, by id. */
	waysFrom: Map<string, Way[]>;
}

/** §6: a wait counts only on the outcomes that take time, and never when it is turned off. */
function isTimed(step: DraftStep, outcome: string): boolean {
	if (step.disabled) return false;
	// An unknown kind is an error already; a circle through it is not a second one.
	if (step.kind === null) return true;
	if (step.kind === 'wait.for') return outcome === 'next';
	return step.kind === 'wait.event' && (outcome === 'happened' || outcome === 'timeout');
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
	const graph: Graph = { steps: [...stepById.values()], stepById, waysFrom: new Map() };
	const taken = new Set<string>();
	for (const edge of draft.edges) {
		const fault = edgeFault(edge, stepById, taken, nameOf);
		if (fault) found.push(fault);
		else addWay(graph, edge);
	}
	return graph;
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
	const path = at('/edges', edge.index);
	const from = stepById.get(edge.from);
	const to = stepById.get(edge.to);
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
	if (from.kind && !kinds[from.kind].outcomes().includes(edge.outcome)) {
		const message = `“${nameOf(from)}” never ends as “${edge.outcome}”, so this connection is never taken. Remove it, or use another outcome.`;
		return diagnose('edge.unknown-outcome', path, message, { step: from.id, fix });
	}
	const outcome = `${edge.from} ${edge.outcome}`;
	if (taken.has(outcome)) {
		const message = `“${nameOf(from)}” has two connections on “${edge.outcome}”, and a contact can take only one. Remove one.`;
		return diagnose('edge.duplicate', path, message, { step: from.id, fix });
	}
	taken.add(outcome);
	return null;
}

function addWay(graph: Graph, edge: DraftEdge): void {
	const from = graph.stepById.get(edge.from);
	const to = graph.stepById.get(edge.to);
	if (!from || !to) return;
	// A step that is turned off is left by `next` alone; its other outcomes keep their edges for when it is on again.
	if (from.disabled && edge.outcome !== 'next' && edge.outcome !== 'repeat') return;
	const ways = graph.waysFrom.get(from.id) ?? [];
	ways.push({ from, to, outcome: edge.outcome, edge: edge.index, isTimed: isTimed(from, edge.outcome) });
	graph.waysFrom.set(from.id, ways);
}

export function waysOf(graph: Graph, id: string): Way[] {
	return graph.waysFrom.get(id) ?? [];
}

/**
 * The number of each step's circle: steps that can reach each other share one (Tarjan, without recursion, for a chain
 * of 2,000 steps). Ways that `isOpen` refuses are not there.
 */
export function circlesOf(graph: Graph, isOpen: (way: Way) => boolean): Map<string, number> {
	const order = new Map<string, number>();
	const low = new Map<string, number>();
	const circle = new Map<string, number>();
	const held: string[] = [];
	let circles = 0;
	const enter = (id: string) => {
		order.set(id, order.size);
		low.set(id, order.size - 1);
		held.push(id);
		return { id, ways: waysOf(graph, id).filter(isOpen), next: 0 };
	};
	const lower = (id: string, to: number) => low.set(id, Math.min(low.get(id) ?? to, to));
	const close = (id: string) => {
		if (low.get(id) !== order.get(id)) return;
		for (let top = held.pop(); top !== undefined; top = held.pop()) {
			circle.set(top, circles);
			if (top === id) break;
		}
		circles++;
	};
	for (const root of graph.steps) {
		if (order.has(root.id)) continue;
		const stack = [enter(root.id)];
		for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
			const way = frame.ways[frame.next++];
			if (!way) {
				close(frame.id);
				stack.pop();
				const parent = stack.at(-1);
				if (parent) lower(parent.id, low.get(frame.id) ?? 0);
			} else if (!order.has(way.to.id)) stack.push(enter(way.to.id));
			else if (!circle.has(way.to.id)) lower(frame.id, order.get(way.to.id) ?? 0);
		}
	}
	return circle;
}

/** The shortest way from one step to another, or null. */
export function shortestWay(
	graph: Graph,
	from: string,
	to: string,
	isOpen: (way: Way) => boolean
): Way[] | null {
	if (from === to) return [];
	const cameBy = new Map<string, Way>();
	const queue = [from];
	for (let head = 0; head < queue.length; head++) {
		for (const way of waysOf(graph, queue[head] ?? '')) {
			if (!isOpen(way) || way.to.id === from || cameBy.has(way.to.id)) continue;
			cameBy.set(way.to.id, way);
			if (way.to.id === to) return backFrom(to, from, cameBy);
			queue.push(way.to.id);
		}
	}
	return null;
}

function backFrom(to: string, from: string, cameBy: Map<string, Way>): Way[] {
	const ways: Way[] = [];
	for (let id = to; id !== from;) {
		const way = cameBy.get(id);
		if (!way) break;
		ways.unshift(way);
		id = way.from.id;
	}
	return ways;
}
