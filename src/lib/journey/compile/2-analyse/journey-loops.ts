/**
 * Journeys that put contacts into each other in a circle (§6). Contacts come into a journey by its triggers alone, so a
 * circle of journeys is one of triggers, each leading to a step that opens the next one.
 */
import { at, diagnose } from '../diagnostic.ts';
import type { Analysis } from './analysis.ts';
import { shortestWay } from './circles.ts';
import { keyOf, type Crossing, type Door, type Journey, type JourneyGraph } from './journey-graph.ts';
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
	const ways = new WaysBack(journeys);
	const said = new Set<string>();
	if (!ways.entries.length) return;
	for (const effect of journeys.own.summary.effects) {
		for (const crossing of journeys.doorsOf(effect)) {
			const circle = ways.circleOf(effect, crossing);
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

/** The next door on a shortest way to some door, by the door it leads from; null for the door itself. */
type Next = ReadonlyMap<string, Door | null>;

/** The ways back into this journey from all doors that its steps can open. */
class WaysBack {
	/** The triggers of this journey that contacts can come back in by. */
	readonly entries: Door[];
	private readonly own: Journey;
	private readonly into = new Map<string, { from: Door; isTimed: boolean }[]>();
	private readonly nextTo = new Map<string, Next>();

	constructor(journeys: JourneyGraph) {
		this.own = journeys.own;
		const opened = this.own.summary.effects.flatMap((effect) => journeys.doorsOf(effect));
		const doors = new Map(opened.map(({ to }) => [keyOf(to), to]));
		for (const door of doors.values()) {
			for (const { to, isTimed } of journeys.crossingsFrom(door)) {
				const key = keyOf(to);
				if (!doors.has(key)) doors.set(key, to);
				const there = this.into.get(key);
				if (there) there.push({ from: door, isTimed });
				else this.into.set(key, [{ from: door, isTimed }]);
			}
		}
		this.entries = [...doors.values()].filter(({ journey }) => journey === this.own);
	}

	/** The shortest circle through an effect and a door that it opens, if any; one without a wait before any other. */
	circleOf(effect: Effect, { to, isTimed }: Crossing): Circle | null {
		const atOnce = isTimed ? null : this.wayBack(effect.step, to, false);
		if (atOnce) return { ...atOnce, effect, isTimed: false };
		const inTime = this.wayBack(effect.step, to, true);
		return inTime && { ...inTime, effect, isTimed: true };
	}

	/** From a door to a trigger of this journey that leads to a step. */
	private wayBack(step: string, from: Door, takesTime: boolean): Pick<Circle, 'entry' | 'doors'> | null {
		let best: Pick<Circle, 'entry' | 'doors'> | null = null;
		for (const entry of this.entries) {
			const reach = this.own.summary.reach(entry.trigger);
			if (!(takesTime ? reach.all : reach.atOnce).has(step)) continue;
			const doors = this.pathTo(entry, from, takesTime);
			if (doors && (!best || doors.length < best.doors.length)) best = { entry: entry.trigger, doors };
		}
		return best;
	}

	private pathTo(entry: Door, from: Door, takesTime: boolean): Door[] | null {
		const next = this.nextTowards(entry, takesTime);
		if (!next.has(keyOf(from))) return null;
		const path: Door[] = [];
		for (let door: Door | null = from; door; door = next.get(keyOf(door)) ?? null) path.push(door);
		return path;
	}

	private nextTowards(entry: Door, takesTime: boolean): Next {
		const key = `${keyOf(entry)} ${takesTime}`;
		let next = this.nextTo.get(key);
		if (!next) {
			next = this.search(entry, takesTime);
			this.nextTo.set(key, next);
		}
		return next;
	}

	private search(entry: Door, takesTime: boolean): Next {
		const next = new Map<string, Door | null>([[keyOf(entry), null]]);
		const queue = [entry];
		for (const door of queue) {
			for (const { from, isTimed } of this.into.get(keyOf(door)) ?? []) {
				if ((isTimed && !takesTime) || next.has(keyOf(from))) continue;
				next.set(keyOf(from), door);
				queue.push(from);
			}
		}
		return next;
	}
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
