/** Nobody is ever mailed in circles (§6): every circle is found, the ones without a wait are errors. */
import { at, diagnose } from '../diagnostic.ts';
import { maxVisitsOf, type Analysis } from './analysis.ts';
import { circlesOf, shortestWay, waysOf, type Graph, type Way } from './graph.ts';

/** More circles than that are one tangle, and a list of them helps nobody. */
const MOST_REPORTED = 100;

export function checkLoops(analysis: Analysis): void {
	for (const circle of circlesThrough(
		analysis.graph,
		(way) => !way.isTimed,
		(way) => !way.isTimed
	)) {
		reportNoWait(circle, analysis);
	}
	for (const circle of circlesThrough(
		analysis.graph,
		() => true,
		(way) => way.isTimed
	))
		reportBounded(circle, analysis);
}

/** One shortest circle through each wanted way that lies on any, each circle once. */
function circlesThrough(
	graph: Graph,
	isOpen: (way: Way) => boolean,
	isWanted: (way: Way) => boolean
): Way[][] {
	const circleOf = circlesOf(graph, isOpen);
	const isInside = (way: Way) => isOpen(way) && circleOf.get(way.from.id) === circleOf.get(way.to.id);
	const covered = new Set<number>();
	const known = new Set<string>();
	const circles: Way[][] = [];
	for (const step of graph.steps) {
		for (const way of waysOf(graph, step.id)) {
			if (circles.length >= MOST_REPORTED) return circles;
			if (!isWanted(way) || !isInside(way) || covered.has(way.edge)) continue;
			const back = shortestWay(graph, way.to.id, way.from.id, isInside);
			if (!back) continue;
			const circle = [way, ...back];
			for (const each of circle) covered.add(each.edge);
			const key = circle
				.map((each) => each.from.index)
				.sort((one, other) => one - other)
				.join(' ');
			if (!known.has(key)) circles.push(fromTheTop(circle));
			known.add(key);
		}
	}
	return circles;
}

/** A circle told from the step that comes first in the document. */
function fromTheTop(circle: Way[]): Way[] {
	let first = 0;
	circle.forEach((way, index) => {
		if (way.from.index < (circle[first]?.from.index ?? 0)) first = index;
	});
	return [...circle.slice(first), ...circle.slice(0, first)];
}

function tell(circle: Way[], analysis: Analysis): string {
	const names = circle.slice(0, 6).map((way) => `“${analysis.nameOf(way.from)}”`);
	const more = circle.length > 6 ? [`${circle.length - 6} more steps`] : [];
	return [...names, ...more, 'back to the first'].join(', ');
}

function reportNoWait(circle: Way[], analysis: Analysis): void {
	const first = circle[0]?.from;
	const last = circle.at(-1);
	if (!first || !last) return;
	const message = `Contacts would go round in a circle without a pause: ${tell(circle, analysis)}. Add a wait to the circle, or remove one of its connections.`;
	analysis.found.push(
		diagnose('loop.no-wait', at('/steps', first.index), message, {
			step: first.id,
			steps: circle.map((way) => way.from.id),
			fix: {
				label: `Remove the connection back to “${analysis.nameOf(first)}”`,
				patch: [{ op: 'remove', path: at('/edges', last.edge) }]
			}
		})
	);
}

function reportBounded(circle: Way[], analysis: Analysis): void {
	const first = circle[0]?.from;
	if (!first) return;
	const times = Math.min(...circle.map((way) => maxVisitsOf(way.from, analysis.draft)));
	const often =
		times === 1
			? 'Each contact passes once and stops when it comes round again. Raise the number of visits if it should go round more often'
			: `Each contact passes at most ${times} times and then stops`;
	const message = `This part of the journey goes round: ${tell(circle, analysis)}. ${often}.`;
	analysis.found.push(
		diagnose('loop.bounded', at('/steps', first.index), message, {
			step: first.id,
			steps: circle.map((way) => way.from.id)
		})
	);
}
