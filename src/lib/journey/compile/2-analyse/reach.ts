/** Who gets in, and where they can get to. */
import { at, diagnose, type Fix, type Patch } from '../diagnostic.ts';
import type { DraftStep } from '../draft.ts';
import type { Analysis } from './analysis.ts';
import { waysOf, type Graph } from './graph.ts';

export function checkReach(analysis: Analysis): void {
	const { graph, found } = analysis;
	const triggers = graph.steps.filter((step) => step.isTrigger);
	if (!triggers.length) {
		const message =
			'Nothing starts this journey yet. Add a trigger: a date, a behaviour, a business event or an API call.';
		found.push(diagnose('trigger.none', '/steps', message));
		return;
	}
	const reached = reachedFrom(graph, triggers);
	for (const step of graph.steps) if (!reached.has(step.id)) reportUnreachable(step, analysis);
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

function reportUnreachable(step: DraftStep, analysis: Analysis): void {
	const message = `No contact can get to “${analysis.nameOf(step)}”. Connect a step to it, or remove it.`;
	analysis.found.push(
		diagnose('step.unreachable', at('/steps', step.index), message, {
			step: step.id,
			fix: removeStep(step, analysis)
		})
	);
}

/** Takes a step out with its edges, last first, so that each place still stands when its turn comes. */
function removeStep(step: DraftStep, analysis: Analysis): Fix {
	const edges = analysis.draft.edges.filter((edge) => edge.from === step.id || edge.to === step.id);
	const patch: Patch[] = edges
		.map((edge) => edge.index)
		.sort((one, other) => other - one)
		.map((index) => ({ op: 'remove', path: at('/edges', index) }));
	return { label: 'Remove the step', patch: [...patch, { op: 'remove', path: at('/steps', step.index) }] };
}
