/**
 * The most messages that one passage can bring within a time: every way is followed with the least time it takes, from
 * every message on. Never too few; where ways can't be told apart in bounded work, rather too many.
 */
import type { DraftStep } from '../draft.ts';
import { maxVisitsOf, type Analysis } from './analysis.ts';
import { Front, type Label } from './front.ts';
import { waysOf } from './graph.ts';
import { leastTime, type Window } from './windows.ts';

/** No enrollment makes more visits (§6). */
const MOST_VISITS = 1_000;

type Counts = (step: DraftStep) => boolean;

/** Steps that lead to each other, or one step. */
export interface Group {
	steps: DraftStep[];
	isCircle: boolean;
}

interface Busiest {
	messages: number;
	/** A way that brings so many, from the first message to the last. */
	steps: string[];
}

/** The groups of the steps that contacts can get to, each behind those that lead to it. */
export function groupsOf({ graph, reached, circleOf, along }: Analysis): Group[] {
	const groups = new Map<number | undefined, Group>();
	for (const step of along) {
		if (!reached.has(step.id)) continue;
		const circle = circleOf.get(step.id);
		const isOwn = waysOf(graph, step.id).some((way) => !way.isClosed && way.to.id === step.id);
		const group = groups.get(circle);
		if (group) group.steps.push(step);
		groups.set(circle, { steps: group?.steps ?? [step], isCircle: group !== undefined || isOwn });
	}
	return [...groups.values()];
}

/** How many messages the steps of a group can bring at most, over all visits. */
function mostOf({ steps, isCircle }: Group, counts: Counts, analysis: Analysis): number {
	const counted = steps.filter(counts);
	if (!isCircle) return counted.length;
	return counted.reduce((sum, step) => sum + maxVisitsOf(step, analysis.draft), 0);
}

/** A way as the search goes it. */
interface Stretch {
	to: Stop;
	/** In ms. */
	least: number;
}

/** A step as the search comes to it. */
interface Stop {
	id: string;
	/** 1 where it counts, else 0. */
	counts: number;
	stretches: Stretch[];
	front: Front;
	leg: Leg;
}

/** A group as the search comes through it. */
interface Leg {
	group: Group;
	stops: Stop[];
	/** How many messages it can bring at most. */
	most: number;
	/** The most messages on any way into it. */
	brought: number;
}

/**
 * What a search goes through, worked out once: the same for all windows that are of the calendar, or all that are not.
 * Ways that nobody comes are left out.
 */
export function legsOf(groups: readonly Group[], counts: Counts, window: Window, analysis: Analysis): Leg[] {
	const stopById = new Map<string, Stop>();
	const legs = groups.map((group): Leg => {
		const leg: Leg = { group, stops: [], most: mostOf(group, counts, analysis), brought: 0 };
		for (const step of group.steps) {
			const { id } = step;
			const stop = { id, counts: counts(step) ? 1 : 0, stretches: [], front: new Front(), leg };
			leg.stops.push(stop);
			stopById.set(id, stop);
		}
		return leg;
	});
	for (const { id, stretches } of stopById.values()) {
		for (const way of waysOf(analysis.graph, id)) {
			const to = way.isClosed ? undefined : stopById.get(way.to.id);
			if (to) stretches.push({ to, least: leastTime(way, window) });
		}
	}
	return legs;
}

class Search {
	private readonly window: Window;
	private best: Label | null = null;

	constructor(window: Window) {
		this.window = window;
	}

	run(legs: readonly Leg[], enough: number): Label | null {
		for (const leg of legs) {
			leg.brought = 0;
			for (const { front } of leg.stops) front.clear();
		}
		for (const leg of legs) {
			this.visit(leg);
			if ((this.best?.count ?? 0) > enough) break;
		}
		return this.best;
	}

	private visit(leg: Leg): void {
		const { group, stops } = leg;
		const limit = Math.min(MOST_VISITS, leg.brought + leg.most);
		for (const stop of stops)
			if (stop.counts) this.arrive(stop, { step: stop.id, count: 1, elapsed: 0, from: null });
		if (group.isCircle && !this.goRound(leg, limit)) this.giveUp(leg, limit);
		for (const stop of stops) {
			for (const stretch of stop.stretches) {
				if (stretch.to.leg !== leg) this.goOn(stop.front.all(), stretch);
			}
		}
	}

	/** Follows the ways inside a circle until nothing new comes of it; false where that takes too long. */
	private goRound(leg: Leg, limit: number): boolean {
		const queue = leg.stops.flatMap((stop) => stop.front.all().map((label) => ({ stop, label })));
		const most = 20 * leg.stops.length + 2_000;
		for (const [index, { stop, label }] of queue.entries()) {
			if (index > most) return false;
			for (const stretch of stop.stretches) {
				if (stretch.to.leg !== leg) continue;
				for (const fresh of this.go(label, stretch, limit)) queue.push({ stop: stretch.to, label: fresh });
			}
		}
		return true;
	}

	/** Takes all that a circle can bring as brought at once. */
	private giveUp({ stops }: Leg, limit: number): void {
		const labels = stops.flatMap((stop) => stop.front.all());
		let full = labels.reduce<Label | null>(
			(best, each) => (best && best.count >= each.count ? best : each),
			null
		);
		while (full?.from && full.from.count === full.count) full = full.from;
		if (!full) return;
		this.note({ ...full, count: limit });
		const elapsed = Math.min(...labels.map((label) => label.elapsed));
		for (const { id, front } of stops) front.replace({ ...full, step: id, count: limit, elapsed });
	}

	/** Out of a group, all the ways at once. */
	private goOn(labels: readonly Label[], stretch: Stretch): void {
		const { to, least } = stretch;
		// By time, and so by messages too.
		const inTime = labels.filter((label) => label.elapsed + least < this.window.length);
		const most = inTime.at(-1)?.count;
		if (most === undefined) return;
		to.leg.brought = Math.max(to.leg.brought, most);
		const best = most < MOST_VISITS ? to.front.addAll(inTime, to.id, to.counts, least) : undefined;
		if (best) this.note(best);
		if (best === undefined) for (const label of inTime) this.go(label, stretch, MOST_VISITS);
	}

	private go(from: Label, { to, least }: Stretch, limit: number): Label[] {
		const elapsed = from.elapsed + least;
		if (elapsed >= this.window.length) return [];
		return this.arrive(to, { step: to.id, count: Math.min(limit, from.count + to.counts), elapsed, from });
	}

	private arrive({ front }: Stop, label: Label): Label[] {
		const fresh = front.add(label);
		if (fresh.length) this.note(label);
		return fresh;
	}

	private note(label: Label): void {
		if (label.count > (this.best?.count ?? 0)) this.best = label;
	}
}

/** How many of the counted messages one passage can bring at all. */
export function mostIn(groups: readonly Group[], counts: Counts, analysis: Analysis): number {
	return groups.reduce((sum, group) => sum + mostOf(group, counts, analysis), 0);
}

/**
 * The most of the counted messages within a window, in one passage. Where it is more than `enough` the search ends at
 * a way that brings more.
 */
export function busiest(legs: readonly Leg[], window: Window, enough = Infinity): Busiest {
	const most = Math.min(
		legs.reduce((sum, leg) => sum + leg.most, 0),
		MOST_VISITS
	);
	const best = most > 0 ? new Search(window).run(legs, enough) : null;
	return best ? { messages: Math.min(best.count, most), steps: pathOf(best) } : { messages: 0, steps: [] };
}

function pathOf(label: Label): string[] {
	const path: string[] = [];
	for (let each: Label | null = label; each && path.length < MOST_VISITS; each = each.from)
		path.push(each.step);
	return path.reverse();
}
