/**
 * Nobody is ever mailed in circles (§6): every circle is found, the ones without a wait are errors.
 *
 * A tangle of n steps can hold more circles than there are atoms, so they are not all told one by one. What is told is
 * a cover: for every way that lies on any circle, a shortest one through it. That suffices: where no circle without a
 * wait is told there is none, and every step and connection that contacts can go round by is named in one.
 */
import { at, diagnose } from '../diagnostic.ts';
import { maxVisitsOf, type Analysis } from './analysis.ts';
import { circlesOf, shortestWay } from './circles.ts';
import { waysOf, type Graph, type Way } from './graph.ts';

/** More circles than that are one tangle, and a list of them helps nobody. */
const MOST_REPORTED = 100;
/** The most searches for them: a way that can be gone round at all costs one, unless a circle before covers it. */
const MOST_SEARCHES = 400;

export function checkLoops(analysis: Analysis): void {
	const { graph } = analysis;
	const circleOf = hasClosedWay(graph) ? circlesOf(graph, () => true) : analysis.circleOf;
	const isInside = (way: Way) => circleOf.get(way.from.id) === circleOf.get(way.to.id);
	// Most journeys have no circle at all.
	if (!graph.steps.some(({ id }) => waysOf(graph, id).some(isInside))) return;
	for (const circle of circlesIn(graph, (way) => !way.isTimed)) reportNoWait(circle, analysis);
	const timed = circlesIn(graph, () => true, circleOf).filter((circle) => circle.some((way) => way.isTimed));
	for (const circle of timed) reportBounded(circle, analysis);
}

function hasClosedWay(graph: Graph): boolean {
	return graph.steps.some(({ id }) => waysOf(graph, id).some((way) => way.isClosed));
}

/** A cover of all circles of open ways: a shortest one through each that no circle before went through. */
function circlesIn(
	graph: Graph,
	isOpen: (way: Way) => boolean,
	circleOf: ReadonlyMap<string, number> = circlesOf(graph, isOpen)
): Way[][] {
	const isInside = (way: Way) => isOpen(way) && circleOf.get(way.from.id) === circleOf.get(way.to.id);
	const covered = new Set<number>();
	const circles = new Map<string, Way[]>();
	let searches = 0;
	for (const way of waysToCover(graph, isInside)) {
		if (circles.size >= MOST_REPORTED || searches >= MOST_SEARCHES) break;
		if (covered.has(way.edge)) continue;
		searches++;
		const back = shortestWay(graph, way.to.id, way.from.id, isInside);
		if (!back) continue;
		const circle = fromTheTop([way, ...back], graph);
		for (const each of circle) covered.add(each.edge);
		const key = circle.map((each) => each.from.id).join(' ');
		if (!circles.has(key)) circles.set(key, circle);
	}
	return [...circles.values()];
}

/** Ways that take time first: what they lie on is worth telling even where not all can be told. */
function waysToCover(graph: Graph, isInside: (way: Way) => boolean): Way[] {
	const ways = graph.steps.flatMap((step) => waysOf(graph, step.id).filter(isInside));
	return [...ways.filter((way) => way.isTimed), ...ways.filter((way) => !way.isTimed)];
}

/** A circle told from the step that contacts come to first. */
function fromTheTop(circle: Way[], graph: Graph): Way[] {
	const orders = circle.map((way) => graph.orderOf.get(way.from.id) ?? 0);
	const first = orders.indexOf(Math.min(...orders));
	return [...circle.slice(first), ...circle.slice(0, first)];
}

function tell(circle: Way[], analysis: Analysis): string {
	const names = circle.slice(0, 6).map((way) => `“${analysis.nameOf(way.from)}”`);
	const more =
		circle.length > 6 ? [`${circle.length - 6} more ${circle.length === 7 ? 'step' : 'steps'}`] : [];
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
	const times = timesRound(circle, analysis);
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

/** A step that is left by `repeat` is not visited, so its bound does not end the going round. */
function timesRound(circle: Way[], { draft }: Analysis): number {
	const visited = circle.filter((way) => way.outcome !== 'repeat');
	return Math.min(...visited.map((way) => maxVisitsOf(way.from, draft)));
}
