/** Places steps in rows from top to bottom, in the order of the outcomes. */
import { Graph, layout } from '@dagrejs/dagre';
import { allOutcomes, type DraftDocument, type DraftEdge, type DraftStep, type Point } from './document.ts';
import { cardHeight, NODE_HEIGHT, NODE_WIDTH, ROW_GAP, SIBLING_GAP } from './geometry.ts';

/** A place for every step. */
export function layOut(document: DraftDocument): Map<string, Point> {
	const graph = new Graph({ multigraph: true });
	graph.setGraph({ rankdir: 'TB', nodesep: SIBLING_GAP, ranksep: ROW_GAP + 8, ranker: 'network-simplex' });
	graph.setDefaultEdgeLabel(() => ({}));
	for (const step of document.steps)
		graph.setNode(step.id, { width: NODE_WIDTH, height: cardHeight(step.kind) });
	const known = new Set(document.steps.map((step) => step.id));
	for (const step of document.steps)
		for (const edge of edgesFromLast(document, step))
			if (known.has(edge.to)) graph.setEdge(edge.from, edge.to, {}, edge.outcome);
	layout(graph, { constraints: siblingOrder(document) });
	const places = new Map<string, Point>();
	for (const step of document.steps) {
		const { x, y } = graph.node(step.id) as Point;
		places.set(step.id, { x: Math.round(x - NODE_WIDTH / 2), y: Math.round(y - cardHeight(step.kind) / 2) });
	}
	return places;
}

// Branches that nothing else leads to keep the order of their outcomes. Others are left to dagre: what several ways
// lead to has no one order, and contradicting wishes would make a circle.
function siblingOrder(document: DraftDocument): { left: string; right: string }[] {
	const arrivals = new Map<string, number>();
	for (const edge of document.edges) arrivals.set(edge.to, (arrivals.get(edge.to) ?? 0) + 1);
	return document.steps.flatMap((step) => {
		const branches = edgesFromLast(document, step)
			.toReversed()
			.map((edge) => edge.to)
			.filter((to) => arrivals.get(to) === 1 && to !== step.id);
		return branches.slice(1).map((right, index) => ({ left: branches[index] ?? right, right }));
	});
}

// Dagre puts what comes in last to the left, as far as crossings allow: so yes goes left of no.
function edgesFromLast(document: DraftDocument, step: DraftStep): DraftEdge[] {
	const order = allOutcomes(step);
	return document.edges
		.filter((edge) => edge.from === step.id)
		.sort((a, b) => order.indexOf(b.outcome) - order.indexOf(a.outcome));
}

/** The document with a place for each step that has none; where a part has places, the others go below it. */
export function withPlaces(document: DraftDocument): DraftDocument {
	const homeless = document.steps.filter((step) => step.position === undefined);
	if (homeless.length === 0) return document;
	const places = layOut(document);
	const settled = document.steps.flatMap((step) => step.position ?? []);
	const dropBy =
		settled.length === 0 ? 0 : Math.max(...settled.map((place) => place.y)) + NODE_HEIGHT + ROW_GAP;
	const steps = document.steps.map((step) => {
		const place = places.get(step.id);
		if (step.position || !place) return step;
		return { ...step, position: { x: place.x, y: place.y + dropBy } };
	});
	return { ...document, steps };
}
