/**
 * The most messages that one passage can bring within a time: every way is followed with the least time it takes, from
 * every message on. Never too few; where ways can't be told apart in bounded work, rather too many.
 */
import type { DraftStep } from '../draft.ts';
import { maxVisitsOf, type Analysis } from './analysis.ts';
import { circlesOf, stepsAlongWays } from './circles.ts';
import { Front, type Label } from './front.ts';
import { waysOf, type Way } from './graph.ts';
import { reachedFrom } from './reach.ts';
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
export function groupsOf({ graph }: Analysis): Group[] {
	const isOpen = (way: Way) => !way.isClosed;
	const circleOf = circlesOf(graph, isOpen);
	const reached = reachedFrom(
		graph,
		graph.steps.filter((step) => step.isTrigger)
	);
	const groups = new Map<number | undefined, Group>();
	for (const step of stepsAlongWays(graph, isOpen)) {
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

class Search {
	private readonly fronts = new Map<string, Front>();
	/** The most messages on any way into the group of a step. */
	private readonly brought = new Map<Group, number>();
	private readonly groupOf = new Map<string, Group>();
	private readonly least = new Map<Way, number>();
	private readonly analysis: Analysis;
	private readonly counts: Counts;
	private readonly window: Window;
	private best: Label | null = null;

	constructor(analysis: Analysis, counts: Counts, window: Window) {
		this.analysis = analysis;
		this.counts = counts;
		this.window = window;
	}

	run(groups: readonly Group[], enough: number): Label | null {
		for (const group of groups) for (const { id } of group.steps) this.groupOf.set(id, group);
		for (const group of groups) {
			this.visit(group);
			if ((this.best?.count ?? 0) > enough) break;
		}
		return this.best;
	}

	private frontOf(id: string): Front {
		let front = this.fronts.get(id);
		if (!front) this.fronts.set(id, (front = new Front()));
		return front;
	}

	private visit(group: Group): void {
		const limit = Math.min(
			MOST_VISITS,
			(this.brought.get(group) ?? 0) + mostOf(group, this.counts, this.analysis)
		);
		for (const step of group.steps) {
			if (this.counts(step)) this.arrive({ step: step.id, count: 1, elapsed: 0, from: null });
		}
		if (group.isCircle && !this.goRound(group, limit)) this.giveUp(group, limit);
		for (const { id } of group.steps) {
			for (const way of waysOf(this.analysis.graph, id)) {
				if (this.groupOf.get(way.to.id) !== group)
					for (const label of this.frontOf(id).all()) this.go(label, way);
			}
		}
	}

	/** Follows the ways inside a circle until nothing new comes of it; false where that takes too long. */
	private goRound(group: Group, limit: number): boolean {
		const queue = group.steps.flatMap(({ id }) => [...this.frontOf(id).all()]);
		const most = 20 * group.steps.length + 2_000;
		for (const [index, label] of queue.entries()) {
			if (index > most) return false;
			for (const way of waysOf(this.analysis.graph, label.step)) {
				if (this.groupOf.get(way.to.id) !== group) continue;
				queue.push(...this.go(label, way, limit));
			}
		}
		return true;
	}

	/** Takes all that a circle can bring as brought at once. */
	private giveUp(group: Group, limit: number): void {
		const labels = group.steps.flatMap(({ id }) => [...this.frontOf(id).all()]);
		let full = labels.reduce<Label | null>(
			(best, each) => (best && best.count >= each.count ? best : each),
			null
		);
		while (full?.from && full.from.count === full.count) full = full.from;
		if (!full) return;
		this.note({ ...full, count: limit });
		const elapsed = Math.min(...labels.map((label) => label.elapsed));
		for (const { id } of group.steps) this.frontOf(id).replace({ ...full, step: id, count: limit, elapsed });
	}

	private go(label: Label, way: Way, limit = MOST_VISITS): Label[] {
		const elapsed = label.elapsed + this.leastTime(way);
		if (way.isClosed || elapsed >= this.window.length) return [];
		const { id } = way.to;
		const group = this.groupOf.get(id);
		if (group && this.groupOf.get(label.step) !== group) {
			this.brought.set(group, Math.max(this.brought.get(group) ?? 0, label.count));
		}
		const count = Math.min(limit, label.count + (this.counts(way.to) ? 1 : 0));
		// Most ways are no better than one before.
		if (this.frontOf(id).hasAsGood(count, elapsed)) return [];
		return this.arrive({ step: id, count, elapsed, from: label });
	}

	/** Worked out once for each way, for many labels go it. */
	private leastTime(way: Way): number {
		let least = this.least.get(way);
		if (least === undefined) this.least.set(way, (least = leastTime(way, this.window)));
		return least;
	}

	private arrive(label: Label): Label[] {
		const fresh = this.frontOf(label.step).add(label);
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
export function busiest(
	analysis: Analysis,
	groups: readonly Group[],
	counts: Counts,
	window: Window,
	enough = Infinity
): Busiest {
	const most = Math.min(mostIn(groups, counts, analysis), MOST_VISITS);
	const best = most > 0 ? new Search(analysis, counts, window).run(groups, enough) : null;
	return best ? { messages: Math.min(best.count, most), steps: pathOf(best) } : { messages: 0, steps: [] };
}

function pathOf(label: Label): string[] {
	const path: string[] = [];
	for (let each: Label | null = label; each && path.length < MOST_VISITS; each = each.from)
		path.push(each.step);
	return path.reverse();
}
