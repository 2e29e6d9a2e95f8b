/** What segments read, so that a change asks only those anew that it can matter to (§4). */
import type { Op, Where } from './document.ts';

export type SegmentConditions = Readonly<Record<string, Where | null>>;

/** What a segment reads, also through the segments that it names. */
export interface SegmentReads {
	attributes: Set<string>;
	events: Set<string>;
	messages: boolean;
	consents: boolean;
	/** The segments kept by hand that it asks for; itself, where it is one. */
	kept: Set<string>;
	/** Whether time alone can change the answer: then every change asks it, and midnight does. */
	clock: boolean;
}

/** Something that happened to a contact. */
export type Change =
	| { kind: 'event'; name: string }
	| { kind: 'attributes'; keys: readonly string[] }
	| { kind: 'kept'; segment: string }
	| { kind: 'message' }
	/** Anything may have changed. */
	| { kind: 'all' };

/** Whether a change of that kind can matter to a segment. */
export function isTouched(reads: SegmentReads, change: Change): boolean {
	if (reads.clock) return true;
	switch (change.kind) {
		case 'event':
			return isTouchedBy(reads, change.name);
		case 'attributes':
			return change.keys.some((key) => reads.attributes.has(key));
		case 'kept':
			return reads.kept.has(change.segment);
		case 'message':
			return reads.messages;
		case 'all':
			return true;
	}
}

// What comes back from a message changes the message, and a no or a yes the consents, beside being an event.
function isTouchedBy(reads: SegmentReads, name: string): boolean {
	if (reads.events.has(name) || reads.events.has('*')) return true;
	if (reads.messages && name.startsWith('email.')) return true;
	return reads.consents && (name.startsWith('consent.') || name === 'list.unsubscribed');
}

/** What a segment of `conditions` reads. */
export function readsOfSegment(slug: string, conditions: SegmentConditions): SegmentReads {
	const reads: SegmentReads = {
		attributes: new Set(),
		events: new Set(),
		messages: false,
		consents: false,
		kept: new Set(),
		clock: false
	};
	addReads({ segment: slug }, conditions, reads, new Set());
	return reads;
}

function addReads(where: Where, conditions: SegmentConditions, reads: SegmentReads, seen: Set<string>): void {
	const inner = (part: Where) => {
		addReads(part, conditions, reads, seen);
	};
	if ('all' in where) where.all.forEach(inner);
	else if ('any' in where) where.any.forEach(inner);
	else if ('not' in where) inner(where.not);
	else if ('segment' in where) addSegment(where.segment, conditions, reads, seen);
	else addLeaf(where, reads);
}

// Segments in a circle are refused when a journey is published; here each is looked at once.
function addSegment(
	slug: string,
	conditions: SegmentConditions,
	reads: SegmentReads,
	seen: Set<string>
): void {
	if (seen.has(slug)) return;
	seen.add(slug);
	const condition = Object.hasOwn(conditions, slug) ? conditions[slug] : undefined;
	if (condition === null) reads.kept.add(slug);
	else if (condition) addReads(condition, conditions, reads, seen);
}

function addLeaf(where: Where, reads: SegmentReads): void {
	if ('attribute' in where) {
		reads.attributes.add(where.attribute);
		reads.clock ||= isMoving(where);
	} else if ('trigger' in where) reads.clock ||= isMoving(where);
	else if ('event' in where) {
		const { name, within, where: tests = [] } = where.event;
		reads.events.add(name);
		reads.clock ||= within !== undefined || tests.some(isMoving);
	} else if ('message' in where) {
		reads.messages = true;
		reads.clock ||= where.message.within !== undefined;
	} else if ('consent' in where) {
		// A consent ends by itself on the day it expires.
		reads.consents = reads.clock = true;
	}
}

function isMoving({ op }: { op: Op }): boolean {
	return op === 'withinLast' || op === 'withinNext' || op === 'anniversaryWithin';
}
