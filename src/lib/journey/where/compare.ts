/** Comparisons of one value by an operator. Values of the wrong type never hold. */
import type { Op } from '../document.ts';
import { addDuration, subtractDuration } from '../duration.ts';
import { compareText, fold } from '../text.ts';
import type { AttributeType } from '../world.ts';
import { DAY, dayFrom, dayOf, parseDay, parseInstant, toInstant, toLocal } from '../zone.ts';
import { localDayOf } from './offsets.ts';
import { compilePattern, type Pattern } from './pattern.ts';

export interface Moment {
	now: number;
	/** The contact's zone, for what lies in calendar days. */
	zone: string;
}

/** A comparison as it stands in a condition. One object is one condition, so what is derived of it is kept by it. */
export interface Comparison {
	op: Op;
	value?: unknown;
}

const patterns = new WeakMap<Comparison, Pattern>();
const foldedValues = new WeakMap<Comparison, string>();
const foldedLists = new WeakMap<Comparison, Set<unknown>>();

function patternOf(comparison: Comparison): Pattern {
	const known = patterns.get(comparison);
	if (known) return known;
	const compiled = typeof comparison.value === 'string' ? compilePattern(comparison.value) : null;
	const pattern = compiled && 'test' in compiled ? compiled.test : () => false;
	patterns.set(comparison, pattern);
	return pattern;
}

function foldedValueOf(comparison: Comparison & { value?: unknown }, value: string): string {
	let folded = foldedValues.get(comparison);
	if (folded === undefined) {
		folded = fold(value);
		foldedValues.set(comparison, folded);
	}
	return folded;
}

/** Text that is equal by the language's rules is one member; so are equal instants and equal days. Null is none. */
export function memberKey(value: unknown, type: AttributeType | null): unknown {
	if (type === 'date') return typeof value === 'string' ? parseDay(value) : null;
	if (type === 'datetime') return typeof value === 'string' ? parseInstant(value) : null;
	return typeof value === 'string' ? fold(value) : value;
}

function listOf(comparison: Comparison, type: AttributeType | null): Set<unknown> {
	let list = foldedLists.get(comparison);
	if (!list) {
		const values = Array.isArray(comparison.value) ? comparison.value : [];
		list = new Set(values.map((value: unknown) => memberKey(value, type)).filter((value) => value !== null));
		foldedLists.set(comparison, list);
	}
	return list;
}

function isPresent(value: unknown): boolean {
	return value !== undefined && value !== null;
}

/** The declared type of an attribute, null for one that nobody declared. */
export function declaredType(
	key: string,
	types: Readonly<Record<string, AttributeType>>
): AttributeType | null {
	return (Object.hasOwn(types, key) ? types[key] : null) ?? null;
}

/** Whether a value is of an attribute's declared type. */
export function isOfType(value: unknown, type: AttributeType): boolean {
	switch (type) {
		case 'text':
			return typeof value === 'string';
		case 'number':
			return typeof value === 'number' && Number.isFinite(value);
		case 'boolean':
			return typeof value === 'boolean';
		case 'date':
			return typeof value === 'string' && parseDay(value) !== null;
		case 'datetime':
			return typeof value === 'string' && parseInstant(value) !== null;
		case 'list':
			return Array.isArray(value);
	}
}

function orderOf(left: unknown, comparison: Comparison, type: AttributeType | null): number | null {
	const right = comparison.value;
	if (typeof left === 'number' && typeof right === 'number') return left - right;
	if (typeof left !== 'string' || typeof right !== 'string') return null;
	if (type === 'date') return difference(parseDay(left), parseDay(right));
	if (type === 'datetime') return difference(parseInstant(left), parseInstant(right));
	return compareText(fold(left), foldedValueOf(comparison, right));
}

function difference(left: number | null, right: number | null): number | null {
	return left === null || right === null ? null : left - right;
}

function isEqual(left: unknown, comparison: Comparison, type: AttributeType | null): boolean | null {
	if (typeof left === 'boolean')
		return typeof comparison.value === 'boolean' ? left === comparison.value : null;
	const order = orderOf(left, comparison, type);
	return order === null ? null : order === 0;
}

/** A date, by the declared type, else by its look: a day on the wall clock or an instant. */
export function readDate(
	value: unknown,
	type: AttributeType | null
): { day: number } | { instant: number } | null {
	if (typeof value !== 'string') return null;
	const day = type === 'datetime' ? null : parseDay(value);
	if (day !== null) return { day };
	const instant = type === 'date' ? null : parseInstant(value);
	return instant === null ? null : { instant };
}

/** Below 0 where `left` is before `right`, above 0 where it is after. An instant is of a day while that day lasts in `zone`. */
function dateOrder(left: unknown, right: unknown, type: AttributeType | null, zone: string): number | null {
	const one = readDate(left, type);
	const other = readDate(right, type);
	if (!one || !other) return null;
	if ('day' in one) return one.day - ('day' in other ? other.day : dayOf(toLocal(zone, other.instant)));
	if ('instant' in other) return one.instant - other.instant;
	if (one.instant < toInstant(zone, other.day)) return -1;
	return one.instant < toInstant(zone, other.day + DAY) ? 0 : 1;
}

function isWithin(
	left: unknown,
	iso: unknown,
	type: AttributeType | null,
	moment: Moment,
	next: boolean
): boolean {
	const date = readDate(left, type);
	if (!date || typeof iso !== 'string') return false;
	const { now, zone } = moment;
	const far = next ? addDuration(now, iso, zone) : subtractDuration(now, iso, zone);
	const [from, to] = next ? [now, far] : [far, now];
	if ('instant' in date) return date.instant >= from && date.instant <= to;
	return date.day >= dayOf(toLocal(zone, from)) && date.day <= dayOf(toLocal(zone, to));
}

/** The day in a year on which a date comes round: 29 February is 28 February where there is none. */
export function anniversaryIn(year: number, day: number): number {
	const date = new Date(day);
	const there = dayFrom(year, date.getUTCMonth() + 1, date.getUTCDate());
	const isLeapDay = date.getUTCMonth() === 1 && date.getUTCDate() === 29;
	return isLeapDay && new Date(there).getUTCMonth() !== 1 ? dayFrom(year, 2, 28) : there;
}

function comesRound(left: unknown, iso: unknown, type: AttributeType | null, moment: Moment): boolean {
	const date = readDate(left, type);
	if (!date || typeof iso !== 'string') return false;
	const { now, zone } = moment;
	const day = 'day' in date ? date.day : localDayOf(zone, date.instant);
	const today = dayOf(toLocal(zone, now));
	const last = dayOf(toLocal(zone, addDuration(now, iso, zone)));
	const year = new Date(today).getUTCFullYear();
	const thisYear = anniversaryIn(year, day);
	const next = thisYear >= today ? thisYear : anniversaryIn(year + 1, day);
	return next <= last;
}

function isIn(left: unknown, comparison: Comparison, type: AttributeType | null): boolean {
	if (typeof left === 'object') return false;
	const key = memberKey(left, type);
	return key !== null && listOf(comparison, type).has(key);
}

function containsValue(left: unknown, comparison: Comparison): boolean {
	const { value } = comparison;
	if (typeof left === 'string') {
		return typeof value === 'string' && fold(left).includes(foldedValueOf(comparison, value));
	}
	if (!Array.isArray(left)) return false;
	if (typeof value === 'string') {
		const wanted = foldedValueOf(comparison, value);
		return left.some((item: unknown) => typeof item === 'string' && fold(item) === wanted);
	}
	return (typeof value === 'number' || typeof value === 'boolean') && left.includes(value);
}

/**
 * Whether `left op value` holds. `type` is the attribute's declared one, null for a property that has none: then each
 * value counts as what it looks like.
 */
export function compare(
	left: unknown,
	comparison: Comparison,
	type: AttributeType | null,
	moment: Moment
): boolean {
	const { op, value } = comparison;
	if (op === 'missing') return !isPresent(left);
	if (!isPresent(left)) return false;
	if (op === 'exists') return true;
	if (type !== null && !isOfType(left, type)) return false;
	switch (op) {
		case '=':
			return isEqual(left, comparison, type) === true;
		case '!=':
			return isEqual(left, comparison, type) === false;
		case '<':
			return holds(orderOf(left, comparison, type), (order) => order < 0);
		case '<=':
			return holds(orderOf(left, comparison, type), (order) => order <= 0);
		case '>':
			return holds(orderOf(left, comparison, type), (order) => order > 0);
		case '>=':
			return holds(orderOf(left, comparison, type), (order) => order >= 0);
		case 'in':
			return isIn(left, comparison, type);
		case 'contains':
			return containsValue(left, comparison);
		case 'startsWith':
			return (
				typeof left === 'string' &&
				typeof value === 'string' &&
				fold(left).startsWith(foldedValueOf(comparison, value))
			);
		case 'matches':
			return typeof left === 'string' && patternOf(comparison)(fold(left));
		case 'before':
			return holds(dateOrder(left, value, type, moment.zone), (order) => order < 0);
		case 'after':
			return holds(dateOrder(left, value, type, moment.zone), (order) => order > 0);
		case 'withinLast':
			return isWithin(left, value, type, moment, false);
		case 'withinNext':
			return isWithin(left, value, type, moment, true);
		case 'anniversaryWithin':
			return comesRound(left, value, type, moment);
	}
}

function holds(order: number | null, test: (order: number) => boolean): boolean {
	return order !== null && test(order);
}
