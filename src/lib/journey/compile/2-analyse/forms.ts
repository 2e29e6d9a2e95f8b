/**
 * Conditions taken apart for reasoning: single comparisons that hold or do not, and choices of which one must hold.
 * `not` is moved inwards, so that what a branch that was not taken says is of the same form as one that was.
 */
import type { Op, Where } from '../../document.ts';
import type { AttributeType } from '../../world.ts';
import type { Segments } from './segments.ts';
import type { Test, ValueType } from './values.ts';

/** One comparison. All of the same `subject` look at the same value. */
export interface Literal extends Test {
	kind: 'literal';
	subject: string;
	type: ValueType;
}

/** At least one of these holds, all the parts of it. */
export interface Choice {
	kind: 'choice';
	options: Form[][];
}

export type Form = Literal | Choice;

export interface Vocabulary {
	types: ReadonlyMap<string, AttributeType>;
	/** Without it a segment is a word that stands for itself. */
	segments?: Segments;
}

/** What must all be the case where a condition holds, or where it does not. */
export function formsOf(where: Where, holds: boolean, words: Vocabulary): Form[] {
	if ('not' in where) return formsOf(where.not, !holds, words);
	const isGroup = 'all' in where || 'any' in where;
	if (!isGroup)
		return 'segment' in where
			? formsOfSegment(where.segment, holds, words)
			: [literalOf(where, holds, words)];
	const parts = 'all' in where ? where.all : where.any;
	const options = parts.map((part) => formsOf(part, holds, words));
	if ('all' in where === holds) return options.flat();
	return options.length === 1 ? (options[0] ?? []) : [{ kind: 'choice', options }];
}

type Leaf = Exclude<Where, { all: Where[] } | { any: Where[] } | { not: Where } | { segment: string }>;

function literalOf(leaf: Leaf, holds: boolean, { types }: Vocabulary): Literal {
	if ('attribute' in leaf) {
		return literal(`attribute ${leaf.attribute}`, types.get(leaf.attribute) ?? null, leaf, holds);
	}
	if ('trigger' in leaf) return literal(`trigger ${leaf.trigger}`, null, leaf, holds);
	if ('event' in leaf) {
		const { name, where = [], within = null, count = { op: '>=' as const, value: 1 } } = leaf.event;
		const tests = where.map(({ property, op, value }) => [property, op, value]);
		return literal(`event ${JSON.stringify([name, tests, within])}`, 'count', count, holds);
	}
	if ('message' in leaf) {
		const { step = null, was, link = null, within = null } = leaf.message;
		return fact(`message ${JSON.stringify([step, was, link, within])}`, holds);
	}
	return fact(`consent ${JSON.stringify([leaf.consent, leaf.topic ?? null])}`, holds);
}

export function literal(
	subject: string,
	type: ValueType,
	{ op, value }: { op: Op; value?: unknown },
	holds: boolean
): Literal {
	const key = value === undefined ? op : `${op} ${JSON.stringify(value)}`;
	return { kind: 'literal', subject, type, op, value, holds, key };
}

/** Something that the language works out, and that is either so or not. */
export function fact(subject: string, holds: boolean): Literal {
	return literal(subject, 'fact', { op: '=', value: true }, holds);
}

/** A segment that asks for attributes alone is its condition; any other is a word of its own. */
function formsOfSegment(slug: string, holds: boolean, words: Vocabulary): Form[] {
	const condition = words.segments?.plainCondition(slug) ?? null;
	return condition ? formsOf(condition, holds, words) : [fact(`segment ${slug}`, holds)];
}

/** A name that is the same for forms that say the same in the same words. */
export function nameOfForm(form: Form): string {
	if (form.kind === 'literal') return `${form.holds ? '' : 'not '}${form.subject} ${form.key}`;
	return `(${form.options.map((option) => option.map(nameOfForm).join(' and ')).join(' or ')})`;
}

/** Every comparison in forms, also inside their choices. */
export function* literalsIn(forms: readonly Form[]): Generator<Literal> {
	for (const form of forms) {
		if (form.kind === 'literal') yield form;
		else for (const option of form.options) yield* literalsIn(option);
	}
}
