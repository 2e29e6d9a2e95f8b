/**
 * The tree of a pattern: its shape, the plainest form that says the same, and what it costs. PostgreSQL, which runs the
 * same patterns, takes seconds to prepare `((a?){30}){30}` and none for `a{0,900}`.
 */

/** Code points from and to, both inside. */
export type Range = readonly [from: number, to: number];

/** `char` is one code point inside the ranges, or outside them all where it says `except`. */
export type PatternNode =
	| { kind: 'char'; ranges: readonly Range[]; except: boolean }
	| { kind: 'start' }
	| { kind: 'end' }
	| { kind: 'sequence'; parts: PatternNode[] }
	| { kind: 'either'; parts: PatternNode[] }
	| { kind: 'repeat'; part: PatternNode; least: number; most: number };

/** The highest number that PostgreSQL reads in `{ }`. */
export const MOST_REPEATS = 255;

const NOTHING: PatternNode = { kind: 'sequence', parts: [] };

/** Whether it fits the empty text everywhere. */
function isNullable(node: PatternNode): boolean {
	switch (node.kind) {
		case 'char':
		case 'start':
		case 'end':
			return false;
		case 'sequence':
			return node.parts.every(isNullable);
		case 'either':
			return node.parts.some(isNullable);
		case 'repeat':
			return node.least === 0 || isNullable(node.part);
	}
}

/** Whether no character is in it, so that doing it twice is doing it once. */
function isEdge(node: PatternNode): boolean {
	switch (node.kind) {
		case 'char':
			return false;
		case 'start':
		case 'end':
			return true;
		case 'sequence':
		case 'either':
			return node.parts.every(isEdge);
		case 'repeat':
			return isEdge(node.part);
	}
}

/** The plainest tree that fits the same texts; which part of a text it fits may differ. */
export function simplify(node: PatternNode): PatternNode {
	switch (node.kind) {
		case 'char':
		case 'start':
		case 'end':
			return node;
		case 'sequence':
			return sequenceOf(node.parts.map(simplify));
		case 'either':
			return eitherOf(node.parts.map(simplify));
		case 'repeat':
			return repeatOf(simplify(node.part), node.least, node.most);
	}
}

function sequenceOf(parts: PatternNode[]): PatternNode {
	const flat = parts
		.flatMap((part) => (part.kind === 'sequence' ? part.parts : [part]))
		.filter((part, at, all) => !isEdge(part) || part.kind !== all[at - 1]?.kind);
	const [only] = flat;
	return only && flat.length === 1 ? only : { kind: 'sequence', parts: flat };
}

function eitherOf(parts: PatternNode[]): PatternNode {
	const flat = parts.flatMap((part) => (part.kind === 'either' ? part.parts : [part]));
	if (!flat.some(isNullable)) return alternatives(flat);
	const solid = flat
		.filter((part) => !isEdge(part))
		.map((part) => (part.kind === 'repeat' && part.least === 0 && part.most === 1 ? part.part : part));
	return solid.length ? repeatOf(alternatives(solid), 0, 1) : NOTHING;
}

function alternatives(parts: PatternNode[]): PatternNode {
	const [only] = parts;
	return only && parts.length === 1 ? only : { kind: 'either', parts };
}

function repeatOf(part: PatternNode, least: number, most: number): PatternNode {
	if (most === 0 || (isEdge(part) && (least === 0 || isNullable(part)))) return NOTHING;
	if (isEdge(part) || (least === 1 && most === 1)) return part;
	if (isNullable(part)) least = 0;
	if (part.kind === 'repeat' && part.least <= 1 && (part.least === 0 || part.most === Infinity))
		return timesOf(part.part, part.least * least, part.most * most);
	return { kind: 'repeat', part, least, most };
}

/** A repetition that may be over what can be written in one. */
function timesOf(part: PatternNode, least: number, most: number): PatternNode {
	if (most === Infinity || most <= MOST_REPEATS) return { kind: 'repeat', part, least, most };
	const parts: PatternNode[] = [];
	for (let left = most; left > 0; left -= MOST_REPEATS)
		parts.push({ kind: 'repeat', part, least, most: Math.min(left, MOST_REPEATS) });
	return { kind: 'sequence', parts };
}

/** How large a machine it takes. */
export interface Size {
	/** How many of its characters may come first, and how many last. */
	first: number;
	last: number;
	isNullable: boolean;
	/** The ways from one character to the next. */
	ways: number;
	/** Edges of the text, and how many of them lie inside repetitions, as often as those may go round. */
	edges: number;
	repeatedEdges: number;
}

const EMPTY: Size = { first: 0, last: 0, isNullable: true, ways: 0, edges: 0, repeatedEdges: 0 };

/** The size of a tree's machine. */
export function sizeOf(node: PatternNode): Size {
	switch (node.kind) {
		case 'char':
			return { ...EMPTY, first: 1, last: 1, isNullable: false, ways: 1 };
		case 'start':
		case 'end':
			return { ...EMPTY, edges: 1 };
		case 'sequence':
			return node.parts.map(sizeOf).reduce(inSequence, EMPTY);
		case 'either':
			return node.parts.map(sizeOf).reduce(inParallel, { ...EMPTY, isNullable: false });
		case 'repeat':
			return repeated(sizeOf(node.part), node.least, node.most);
	}
}

function inSequence(one: Size, other: Size): Size {
	return {
		...inParallel(one, other),
		first: one.first + (one.isNullable ? other.first : 0),
		last: other.last + (other.isNullable ? one.last : 0),
		isNullable: one.isNullable && other.isNullable,
		ways: one.ways + other.ways + one.last * other.first
	};
}

function inParallel(one: Size, other: Size): Size {
	return {
		first: one.first + other.first,
		last: one.last + other.last,
		isNullable: one.isNullable || other.isNullable,
		ways: one.ways + other.ways,
		edges: one.edges + other.edges,
		repeatedEdges: one.repeatedEdges + other.repeatedEdges
	};
}

function repeated(part: Size, least: number, most: number): Size {
	const round = most > 1 ? { ...part, repeatedEdges: part.edges } : part;
	let size = EMPTY;
	if (most === Infinity) size = { ...round, isNullable: true, ways: part.ways + part.first * part.last };
	else for (let times = least; times < most; times++) size = { ...inSequence(round, size), isNullable: true };
	for (let times = 0; times < least; times++) size = inSequence(round, size);
	return size;
}
