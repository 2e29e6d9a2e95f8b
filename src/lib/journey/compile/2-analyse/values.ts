/** Whether any value at all passes several comparisons of it: what a proof that a condition never holds comes down to. */
import type { Op } from '../../document.ts';
import { compareText, fold } from '../../text.ts';
import { compare } from '../../where/compare.ts';
import type { AttributeType } from '../../world.ts';
import { DAY, parseDay, parseInstant } from '../../zone.ts';

/** A comparison that is known to hold, or not to hold. */
export interface Test {
	op: Op;
	value?: unknown;
	holds: boolean;
	/** The same for the same comparison, held or not. */
	key: string;
}

/**
 * An attribute's declared type, null for a property that has none. `count` is a number of events and `fact` a yes or no
 * that the language works out: these two are always there.
 */
export type ValueType = AttributeType | 'count' | 'fact' | null;

type Domain = 'number' | 'count' | 'text' | 'boolean' | 'day' | 'instant';

/**
 * Whether no value passes every test. A comparison with a missing or wrongly typed value is false, whatever it asks, so
 * that it does not hold says something of the value only where another comparison holds. "False" promises nothing.
 */
export function isImpossible(tests: readonly Test[], type: ValueType): boolean {
	if (contradictsItself(tests)) return true;
	const compared = tests.filter((test) => test.holds && test.op !== 'exists' && test.op !== 'missing');
	const isPresent = compared.length > 0 || tests.some((test) => isSaid(test, 'exists', 'missing'));
	if (tests.some((test) => isSaid(test, 'missing', 'exists'))) return isPresent;
	if (!compared.length && type !== 'count' && type !== 'fact') return false;
	const domain = domainOf(compared, type);
	if (domain === 'none') return true;
	return domain !== null && isEmpty(tests, domain);
}

function isSaid(test: Test, op: Op, opposite: Op): boolean {
	return test.op === (test.holds ? op : opposite);
}

function contradictsItself(tests: readonly Test[]): boolean {
	const denied = new Set<string>();
	for (const test of tests) if (!test.holds) denied.add(test.key);
	return denied.size > 0 && tests.some((test) => test.holds && denied.has(test.key));
}

const DECLARED: Record<Exclude<ValueType, null>, Domain | null> = {
	text: 'text',
	number: 'number',
	boolean: 'boolean',
	date: 'day',
	datetime: 'instant',
	list: null,
	count: 'count',
	fact: 'boolean'
};

/** What the value is where every comparison holds; null where that is not one thing, `none` where it can be nothing. */
function domainOf(compared: readonly Test[], type: ValueType): Domain | 'none' | null {
	if (type !== null) return DECLARED[type];
	let left: string[] = ['number', 'text', 'boolean', 'list'];
	for (const test of compared) {
		const asked = looksOf(test);
		left = left.filter((each) => asked.includes(each));
	}
	if (!left.length) return 'none';
	return left.length === 1 && left[0] !== 'list' ? (left[0] as Domain) : null;
}

/** What a value without a declared type must look like for a comparison to hold. */
function looksOf({ op, value }: Test): string[] {
	const looks = lookOf(value);
	switch (op) {
		case '=':
		case '!=':
			return [looks];
		case '<':
		case '<=':
		case '>':
		case '>=':
			return looks === 'boolean' ? [] : [looks];
		case 'in':
			return Array.isArray(value) ? value.map(lookOf) : [];
		case 'contains':
			return looks === 'text' ? ['text', 'list'] : ['list'];
		default:
			return ['text'];
	}
}

function lookOf(value: unknown): string {
	return typeof value === 'string' ? 'text' : typeof value;
}

/** A value as it compares: text folded, a date as a number. Undefined where it is none of the domain. */
function comparable(value: unknown, domain: Domain): Comparable | undefined {
	if (domain === 'boolean') return typeof value === 'boolean' ? value : undefined;
	if (domain === 'number' || domain === 'count') return typeof value === 'number' ? value : undefined;
	if (typeof value !== 'string') return undefined;
	if (domain === 'text') return fold(value);
	const at = domain === 'day' ? parseDay(value) : parseInstant(value);
	return at === null ? undefined : domain === 'day' ? at / DAY : at;
}

type Comparable = string | number | boolean;

interface Bound {
	value: Comparable;
	/** Whether the bound itself passes. */
	isIn: boolean;
}

/** The values that are left: between two bounds, in every list, not excluded, and passing what only a value can tell. */
interface Left {
	lower: Bound | null;
	upper: Bound | null;
	lists: Set<Comparable>[];
	excluded: Set<Comparable>;
	others: Test[];
}

const RANGES: Partial<Record<Op, '<' | '<=' | '>' | '>='>> = {
	'<': '<',
	'<=': '<=',
	'>': '>',
	'>=': '>=',
	before: '<',
	after: '>'
};
const OPPOSITES = { '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const;

function isEmpty(tests: readonly Test[], domain: Domain): boolean {
	const left: Left = { lower: lowestOf(domain), upper: null, lists: [], excluded: new Set(), others: [] };
	if (domain === 'boolean') left.lists.push(new Set([true, false]));
	for (const test of tests) narrow(left, test, domain);
	const list = candidatesOf(left, domain);
	if (list) return !list.some((value) => passes(value, left, domain));
	return isEmptyRange(left) || hasTwoBeginnings(left.others);
}

function lowestOf(domain: Domain): Bound | null {
	if (domain === 'count') return { value: 0, isIn: true };
	return domain === 'text' ? { value: '', isIn: true } : null;
}

/** Takes what a test says into what is left. A test that says nothing of this domain is passed over. */
function narrow(left: Left, test: Test, domain: Domain): void {
	const { op, value, holds } = test;
	const range = RANGES[op];
	if (range) {
		const bound = isOrdered(op, domain) ? comparable(value, domain) : undefined;
		if (bound !== undefined) bind(left, holds ? range : OPPOSITES[range], bound);
	} else if (op === '=' || op === '!=') {
		const only = comparable(value, domain);
		if (only === undefined) return;
		if ((op === '=') === holds) left.lists.push(new Set([only]));
		else left.excluded.add(only);
	} else if (op === 'in' && Array.isArray(value)) {
		const members = value
			.map((each: unknown) => comparable(each, domain))
			.filter((each) => each !== undefined);
		if (holds) left.lists.push(new Set(members));
		else for (const member of members) left.excluded.add(member);
	} else if (domain === 'text' && (op === 'contains' || op === 'startsWith' || op === 'matches')) {
		left.others.push(test);
	}
}

/**
 * Yes and no have no order. Before and after are of dates alone, whatever they are compared with; and a day without a
 * declared type may compare with an instant, which goes by the zone.
 */
function isOrdered(op: Op, domain: Domain): boolean {
	if (op === 'before' || op === 'after') return domain === 'day' || domain === 'instant';
	return domain !== 'boolean';
}

function order(one: Comparable, other: Comparable): number {
	return typeof one === 'string' && typeof other === 'string'
		? compareText(one, other)
		: Number(one) - Number(other);
}

function bind(left: Left, range: '<' | '<=' | '>' | '>=', value: Comparable): void {
	const isIn = range === '<=' || range === '>=';
	const side = range === '<' || range === '<=' ? 'upper' : 'lower';
	const known = left[side];
	const by = known ? order(value, known.value) * (side === 'upper' ? -1 : 1) : 1;
	if (by > 0 || (by === 0 && !isIn)) left[side] = { value, isIn };
}

/** So many whole numbers between two bounds are tried one by one. */
const MOST_TRIED = 100;

/** All values that can be left, where they can be listed. */
function candidatesOf(left: Left, domain: Domain): Comparable[] | null {
	const shortest = left.lists.toSorted((one, other) => one.size - other.size)[0];
	if (shortest) return [...shortest];
	const { lower, upper } = left;
	if (!lower || !upper) return null;
	if (order(lower.value, upper.value) === 0) return [lower.value];
	if (domain !== 'day' && domain !== 'count') return null;
	const [first, last] = [Math.ceil(Number(lower.value)), Math.floor(Number(upper.value))];
	if (last - first >= MOST_TRIED) return null;
	return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

function passes(value: Comparable, left: Left, domain: Domain): boolean {
	const { lower, upper, lists, excluded, others } = left;
	if (excluded.has(value) || !lists.every((list) => list.has(value))) return false;
	if (lower && !isInside(order(value, lower.value), lower)) return false;
	if (upper && !isInside(order(upper.value, value), upper)) return false;
	return domain !== 'text' || others.every((test) => asText(value, test) === test.holds);
}

function isInside(by: number, bound: Bound): boolean {
	return by > 0 || (by === 0 && bound.isIn);
}

/** Folded text passes what the text itself passes; none of these comparisons looks at the clock. */
function asText(value: Comparable, test: Test): boolean {
	return compare(value, test, 'text', { now: 0, zone: 'UTC' });
}

function isEmptyRange({ lower, upper }: Left): boolean {
	if (!lower || !upper) return false;
	const by = order(upper.value, lower.value);
	return by < 0 || (by === 0 && !(lower.isIn && upper.isIn));
}

/** Text begins in one way only. */
function hasTwoBeginnings(others: readonly Test[]): boolean {
	const starts = others
		.filter((test) => test.holds && test.op === 'startsWith' && typeof test.value === 'string')
		.map((test) => fold(String(test.value)))
		.sort((one, other) => one.length - other.length);
	return starts.some((start, index) => index > 0 && !start.startsWith(starts[index - 1] ?? ''));
}
