/**
 * Journeys that put contacts into each other in a circle (§6). Contacts come into a journey by its triggers alone, so a
 * circle of journeys is one of triggers, each leading to a step that opens the next one.
 */
import { at, diagnose } from '../diagnostic.ts';
import type { Analysis } from './analysis.ts';
import { shortestWay } from './circles.ts';
import { keyOf, type Crossing, type Door, type JourneyGraph } from './journey-graph.ts';
import type { Effect } from './journey-summary.ts';

/** More circles than that are one tangle, and a list of them helps nobody. */
const MOST_REPORTED = 50;

interface Circle {
	/** The trigger of this journey that contacts come back in by. */
	entry: string;
	effect: Effect;
	/** The doors on the way, from the one that the effect opens to the one of `entry`. */
	doors: Door[];
	isTimed: boolean;
}

export function checkJourneyLoops(journeys: JourneyGraph, analysis: Analysis): void {
	const said = new Set<string>();
	for (const effect of journeys.own.summary.effects) {
		for (const crossing of journeys.doorsOf(effect)) {
			const circle = circleOf(effect, crossing, journeys);
			if (!circle || said.size >= MOST_REPORTED) continue;
			const names = [journeys.own, ...circle.doors.map(({ journey }) => journey)].map(
				({ name }) => `“${name}”`
			);
			const key = `${effect.step} ${names.join(' ')}`;
			if (!said.has(key)) report(circle, names.join(' → '), analysis);
			said.add(key);
		}
	}
}

/** The shortest circle through an effect and a door that it opens, if any; one without a wait before any other. */
function circleOf(effect: Effect, crossing: Crossing, journeys: JourneyGraph): Circle | null {
	const atOnce = crossing.isTimed ? null : wayBack(effect, crossing.to, journeys, false);
	if (atOnce) return { ...atOnce, effect, isTimed: false };
	const inTime = wayBack(effect, crossing.to, journeys, true);
	return inTime && { ...inTime, effect, isTimed: true };
}

/** From a door to a trigger of this journey that leads to the step of the effect. */
function wayBack(
	{ step }: Effect,
	from: Door,
	journeys: JourneyGraph,
	takesTime: boolean
): Pick<Circle, 'entry' | 'doors'> | null {
	const cameFrom = new Map<string, Door | null>([[keyOf(from), null]]);
	const queue = [from];
	for (const door of queue) {
		if (door.journey === journeys.own) {
			const reach = door.journey.summary.reach(door.trigger);
			if ((takesTime ? reach.all : reach.atOnce).has(step)) {
				return { entry: door.trigger, doors: pathTo(door, cameFrom) };
			}
		}
		for (const { to, isTimed } of journeys.crossingsFrom(door)) {
			if ((isTimed && !takesTime) || cameFrom.has(keyOf(to))) continue;
			cameFrom.set(keyOf(to), door);
			queue.push(to);
		}
	}
	return null;
}

function pathTo(door: Door, cameFrom: ReadonlyMap<string, Door | null>): Door[] {
	const path: Door[] = [];
	for (let each: Door | null = door; each; each = cameFrom.get(keyOf(each)) ?? null) path.push(each);
	return path.reverse();
}

function report({ entry, effect, isTimed }: Circle, told: string, analysis: Analysis): void {
	const { graph, nameOf, found } = analysis;
	const step = graph.stepById.get(effect.step);
	if (!step) return;
	const ways = shortestWay(graph, entry, effect.step, (way) => !way.isClosed && (isTimed || !way.isTimed));
	const message = isTimed
		? `Journeys put contacts into each other in a circle: ${told}, here by “${nameOf(step)}”. Nobody is let into the same journey twice this way, so the second round does not happen. Check whether it is meant.`
		: `Journeys would put contacts into each other in a circle without a pause: ${told}, here by “${nameOf(step)}”. Add a wait to one of them, or take one of the ways out.`;
	found.push(
		diagnose('loop.journeys', at('/steps', step.index, ...effect.place), message, {
			severity: isTimed ? 'warning' : 'error',
			step: step.id,
			steps: [entry, ...(ways?.map((way) => way.to.id) ?? [])]
		})
	);
}
