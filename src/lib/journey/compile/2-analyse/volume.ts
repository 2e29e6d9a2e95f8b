/** More marketing to one contact than the cap allows, by following every way and the least time it takes. */
import { classify } from '../../gate.ts';
import type { FrequencyCap } from '../../document.ts';
import { formatDuration, roughLength } from '../../duration.ts';
import { at, diagnose } from '../diagnostic.ts';
import type { DraftStep } from '../draft.ts';
import { maxVisitsOf, type Analysis } from './analysis.ts';
import { circlesOf, waysOf, type Graph, type Way } from './graph.ts';

/** A cap above that is no cap that a path through a journey could reach. */
const HIGHEST_CAP = 50;

export function checkVolume(analysis: Analysis): void {
	const caps = [analysis.draft.settings.frequencyCap, analysis.workspace.frequencyCap];
	for (const cap of caps) if (cap && checkCap(cap, analysis)) return;
}

function isCapped({ step, disabled }: DraftStep): boolean {
	return (
		step?.kind === 'send.email' &&
		!disabled &&
		classify(step.config).marketing &&
		step.config.ignoreCap !== true
	);
}

function checkCap(cap: FrequencyCap, analysis: Analysis): boolean {
	const { draft, graph, found } = analysis;
	const sends = graph.steps.filter(isCapped);
	const most = sends.reduce((sum, step) => sum + maxVisitsOf(step, draft), 0);
	if (cap.messages > HIGHEST_CAP || most <= cap.messages) return false;
	const over = firstOver(cap, sends, analysis);
	if (!over) return false;
	const message = `A contact can come by more than ${cap.messages} marketing ${cap.messages === 1 ? 'message' : 'messages'} in ${formatDuration(cap.per)} here, and the cap allows no more: this one would be blocked. Put waits between them, or raise the cap.`;
	found.push(diagnose('send.too-many', at('/steps', over.index), message, { step: over.id }));
	return true;
}

interface Place {
	step: DraftStep;
	/** Capped messages so far, and the least time since the first of them. */
	sent: number;
	elapsed: number;
}

/**
 * The first send step at which more than the cap can have gone out. Least times first, from every send at once; each
 * (step, count) is settled once, so the work is bounded by steps times cap.
 */
function firstOver(cap: FrequencyCap, sends: DraftStep[], analysis: Analysis): DraftStep | null {
	const { graph } = analysis;
	const per = roughLength(cap.per);
	const isPassable = waysOnce(analysis);
	const queue = new Queue(sends.map((step) => ({ step, sent: 1, elapsed: 0 })));
	const settled = new Set<string>();
	for (let place = queue.take(); place; place = queue.take()) {
		const key = `${place.step.id} ${place.sent}`;
		if (settled.has(key)) continue;
		settled.add(key);
		for (const way of waysOf(graph, place.step.id)) {
			const elapsed = place.elapsed + leastTime(way);
			if (!isPassable(way) || elapsed >= per) continue;
			const sent = place.sent + (isCapped(way.to) ? 1 : 0);
			if (sent > cap.messages) return way.to;
			queue.add({ step: way.to, sent, elapsed });
		}
	}
	return null;
}

/** A blocked or failed message was not sent, but what follows may be: such ways count like any other. */
function leastTime(way: Way): number {
	const { step } = way.from;
	if (!way.isTimed || !step) return 0;
	if (step.kind === 'wait.for') return roughLength(step.config.duration);
	return step.kind === 'wait.event' && way.outcome === 'timeout' ? roughLength(step.config.timeout) : 0;
}

/** A circle with a step that is visited once can't be gone round, so the ways that lead back in it are closed. */
function waysOnce({ graph, draft }: Analysis): (way: Way) => boolean {
	const circleOf = circlesOf(graph, () => true);
	const once = new Set<number | undefined>();
	for (const step of graph.steps) if (maxVisitsOf(step, draft) === 1) once.add(circleOf.get(step.id));
	const depthOf = depths(graph);
	return (way) => {
		const circle = circleOf.get(way.from.id);
		if (circle !== circleOf.get(way.to.id) || !once.has(circle)) return true;
		return (depthOf.get(way.to.id) ?? 0) > (depthOf.get(way.from.id) ?? 0);
	};
}

/** How many steps each is from a trigger. */
function depths(graph: Graph): Map<string, number> {
	const depthOf = new Map<string, number>();
	const queue = graph.steps.filter((step) => step.isTrigger).map((step) => step.id);
	for (const id of queue) depthOf.set(id, 0);
	for (let head = 0; head < queue.length; head++) {
		const id = queue[head] ?? '';
		for (const way of waysOf(graph, id)) {
			if (depthOf.has(way.to.id)) continue;
			depthOf.set(way.to.id, (depthOf.get(id) ?? 0) + 1);
			queue.push(way.to.id);
		}
	}
	return depthOf;
}

/** Places by the time that has passed, the least first (a binary heap). */
class Queue {
	private readonly places: Place[] = [];

	constructor(places: Place[]) {
		for (const place of places) this.add(place);
	}

	private timeAt(index: number): number {
		return this.places[index]?.elapsed ?? Infinity;
	}

	private swap(one: number, other: number): void {
		const [left, right] = [this.places[one], this.places[other]];
		if (!left || !right) return;
		this.places[one] = right;
		this.places[other] = left;
	}

	add(place: Place): void {
		let index = this.places.push(place) - 1;
		for (
			let parent = (index - 1) >> 1;
			index > 0 && this.timeAt(parent) > place.elapsed;
			parent = (index - 1) >> 1
		) {
			this.swap(index, parent);
			index = parent;
		}
	}

	take(): Place | undefined {
		const first = this.places[0];
		const last = this.places.pop();
		if (!first || !last || !this.places.length) return first;
		this.places[0] = last;
		for (let index = 0; ;) {
			const left = 2 * index + 1;
			const least = this.timeAt(left + 1) < this.timeAt(left) ? left + 1 : left;
			if (this.timeAt(least) >= this.timeAt(index)) return first;
			this.swap(index, least);
			index = least;
		}
	}
}
