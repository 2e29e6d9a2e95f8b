/** A pattern's tree as an advanced regular expression of PostgreSQL. */
import type { PatternNode } from '../pattern-tree.ts';

/** The text for PostgreSQL's `~`, case and all: what it is asked of is folded before. */
export function regexOf(tree: PatternNode): string {
	// Whatever the server's regex_flavor of old, and whatever the pattern begins with.
	return `***:${textOf(tree)}`;
}

function textOf(node: PatternNode): string {
	switch (node.kind) {
		case 'char':
			return charText(node);
		case 'start':
			return '^';
		case 'end':
			return '$';
		case 'sequence':
			return node.parts.map(textOf).join('');
		case 'either':
			return `(?:${node.parts.map(textOf).join('|')})`;
		case 'repeat': {
			const { part, least, most } = node;
			const repeated = part.kind === 'char' ? textOf(part) : `(?:${textOf(part)})`;
			return `${repeated}{${least},${most === Infinity ? '' : most}}`;
		}
	}
}

function charText({ ranges, except }: Extract<PatternNode, { kind: 'char' }>): string {
	const [first] = ranges;
	if (first && ranges.length === 1 && first[0] === first[1] && !except) return escaped(first[0]);
	const members = ranges.map(([from, to]) =>
		from === to ? escaped(from) : `${escaped(from)}-${escaped(to)}`
	);
	return `[${except ? '^' : ''}${members.join('')}]`;
}

// Letters and digits of ASCII mean themselves everywhere; the rest is written by number, so that nothing is an operator.
function escaped(point: number): string {
	const character = String.fromCodePoint(point);
	if (/^[a-z0-9]$/i.test(character)) return character;
	const digits = point.toString(16);
	return point > 0xffff ? `\\U${digits.padStart(8, '0')}` : `\\u${digits.padStart(4, '0')}`;
}
