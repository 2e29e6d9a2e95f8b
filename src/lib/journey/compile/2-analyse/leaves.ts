/** What conditions ask for. */
import type { MessageTest, Where } from '../../document.ts';

export type Leaf = Exclude<Where, { all: Where[] } | { any: Where[] } | { not: Where }>;

/** The single questions of a condition, in order. */
export function* leavesOf(where: Where): Generator<Leaf> {
	if ('all' in where) for (const part of where.all) yield* leavesOf(part);
	else if ('any' in where) for (const part of where.any) yield* leavesOf(part);
	else if ('not' in where) yield* leavesOf(where.not);
	else yield where;
}

/** What conditions read, by kind. */
export interface Asked {
	attributes: Set<string>;
	trigger: Set<string>;
	events: Set<string>;
	messages: MessageTest['message'][];
	consents: Set<string>;
	segments: Set<string>;
}

export function nothingAsked(): Asked {
	return {
		attributes: new Set(),
		trigger: new Set(),
		events: new Set(),
		messages: [],
		consents: new Set(),
		segments: new Set()
	};
}

/** Adds to `asked` what a condition reads by itself, without what its segments read. */
export function addAsked(where: Where, asked: Asked): void {
	for (const leaf of leavesOf(where)) {
		if ('attribute' in leaf) asked.attributes.add(leaf.attribute);
		else if ('trigger' in leaf) asked.trigger.add(leaf.trigger);
		else if ('event' in leaf) asked.events.add(leaf.event.name);
		else if ('message' in leaf) asked.messages.push(leaf.message);
		else if ('consent' in leaf) asked.consents.add(leaf.consent);
		else asked.segments.add(leaf.segment);
	}
}
