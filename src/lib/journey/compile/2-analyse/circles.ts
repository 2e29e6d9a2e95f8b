/** Circles of the graph, and the shortest ways through it. */
import type { DraftStep } from '../draft.ts';
import { waysOf, type Graph, type Way } from './graph.ts';

/**
 * The number of each step's circle: steps that can reach each other share one (Tarjan, without recursion, for a chain
 * of 2,000 steps). Ways that `isOpen` refuses are not there. Numbers grow against the ways: a step's is never below
 * one that it leads to.
 */
export function circlesOf(graph: Graph, isOpen: (way: Way) => boolean): Map<string, number> {
	const order = new Map<string, number>();
	const low = new Map<string, number>();
	const circle = new Map<string, number>();
	const held: string[] = [];
	let circles = 0;
	const enter = (id: string) => {
		order.set(id, order.size);
		low.set(id, order.size - 1);
		held.push(id);
		return { id, ways: waysOf(graph, id), next: 0 };
	};
	const lower = (id: string, to: number) => low.set(id, Math.min(low.get(id) ?? to, to));
	const close = (id: string) => {
		if (low.get(id) !== order.get(id)) return;
		for (let top = held.pop(); top !== undefined; top = held.pop()) {
			circle.set(top, circles);
			if (top === id) break;
		}
		circles++;
	};
	for (const root of graph.steps) {
		if (order.has(root.id)) continue;
		const stack = [enter(root.id)];
		for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
			const way = frame.ways[frame.next++];
			if (!way) {
				close(frame.id);
				stack.pop();
				const parent = stack.at(-1);
				if (parent) lower(parent.id, low.get(frame.id) ?? 0);
			} else if (!isOpen(way)) continue;
			else if (!order.has(way.to.id)) stack.push(enter(way.to.id));
			else if (!circle.has(way.to.id)) lower(frame.id, order.get(way.to.id) ?? 0);
		}
	}
	return circle;
}

/** The shortest way from one step to another, or null. */
export function shortestWay(
	graph: Graph,
	from: string,
	to: string,
	isOpen: (way: Way) => boolean
): Way[] | null {
	if (from === to) return [];
	const cameBy = new Map<string, Way>();
	const queue = [from];
	for (let head = 0; head < queue.length; head++) {
		for (const way of waysOf(graph, queue[head] ?? '')) {
			if (!isOpen(way) || way.to.id === from || cameBy.has(way.to.id)) continue;
			cameBy.set(way.to.id, way);
			if (way.to.id === to) return backFrom(to, from, cameBy);
			queue.push(way.to.id);
		}
	}
	return null;
}

function backFrom(to: string, from: string, cameBy: Map<string, Way>): Way[] {
	const ways: Way[] = [];
	for (let id = to; id !== from;) {
		const way = cameBy.get(id);
		if (!way) break;
		ways.push(way);
		id = way.from.id;
	}
	return ways.reverse();
}

/** The steps so that each comes after those that lead to it, but for ways back in a circle. */
export function stepsAlongWays(graph: Graph, circleOf: ReadonlyMap<string, number>): DraftStep[] {
	const circle = ({ id }: DraftStep) => circleOf.get(id) ?? 0;
	const order = ({ id }: DraftStep) => graph.orderOf.get(id) ?? 0;
	return graph.steps.toSorted((one, other) => circle(other) - circle(one) || order(one) - order(other));
}
