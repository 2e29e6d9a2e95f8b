/** Who gets in, and where they can get to. */
import { at, diagnose, type Fix, type Patch } from '../diagnostic.ts';
import type { DraftEdge, DraftStep } from '../draft.ts';
import type { Analysis } from './analysis.ts';
import { waysOf, type Graph } from './graph.ts';

export function checkReach(analysis: Analysis): void {
	const { graph, reached, found } = analysis;
	if (!graph.steps.some((step) => step.isTrigger)) {
		const message =
			'Nothing starts this journey yet. Add a trigger: a date, a behaviour, a business event or an API call.';
		found.push(diagnose('trigger.none', '/steps', message));
		return;
	}
	const unreachable = graph.steps.filter((step) => !reached.has(step.id));
	if (!unreachable.length) return;
	const edgesAt = edgesByStep(analysis.draft.edges);
	for (const step of unreachable) reportUnreachable(step, edgesAt.get(step.id) ?? [], analysis);
}

/** The places of the edges that leave or enter each step. */
function edgesByStep(edges: readonly DraftEdge[]): Map<string, number[]> {
	const places = new Map<string, number[]>();
	for (const { from, to, index } of edges) {
		for (const id of new Set([from, to])) {
			const there = places.get(id);
			if (there) there.push(index);
			else places.set(id, [index]);
		}
	}
	return places;
}

/** The steps that open ways lead to, the start among them. */
export function reachedFrom(graph: Graph, start: DraftStep[]): Set<string> {
	const reached = new Set(start.map((step) => step.id));
	const queue = [...reached];
	for (let head = 0; head < queue.length; head++) {
		for (const way of waysOf(graph, queue[head] ?? '')) {
			if (way.isClosed || reached.has(way.to.id)) continue;
			reached.add(way.to.id);
			queue.push(way.to.id);
		}
	}
	return reached;
}

function reportUnreachable(step: DraftStep, edges: readonly number[], analysis: Analysis): void {
	const message = `No contact can get to “${analysis.nameOf(step)}”. Connect a step to it, or remove it.`;
	analysis.found.push(
		diagnose('step.unreachable', at('/steps', step.index), message, {
			step: step.id,
			fix: removeStep(step, edges)
		})
	);
}

/** Takes a step out with its edges, last first, so that each place still stands when its turn comes. */
function removeStep(step: DraftStep, edges: readonly number[]): Fix {
	const patch = edges
		.toSorted((one, other) => other - one)
		.map((index): Patch => ({ op: 'remove', path: at('/edges', index) }));
	return { label: 'Remove the step', patch: [...patch, { op: 'remove', path: at('/steps', step.index) }] };
}
