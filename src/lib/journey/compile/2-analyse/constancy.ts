/** Conditions that decide nothing: they hold for everyone, or for no one. */
import type { Op, Where } from '../../document.ts';
import { compareText, fold } from '../../text.ts';
import type { AttributeType } from '../../world.ts';
import { parseDay, parseInstant } from '../../zone.ts';

export type Constancy = 'always' | 'never' | 'sometimes';

type Types = ReadonlyMap<string, AttributeType>;
interface Test {
	op: Op;
	value?: unknown;
}

/** Whether a condition can go either way. "Sometimes" promises nothing; the other two are proven. */
export function constancyOf(where: Where, types: Types): Constancy {
	if ('all' in where) return constancyOfAll(where.all, types);
	if ('any' in where)
		return opposite(
			constancyOfAll(
				where.any.map((not) => ({ not })),
				types
			)
		);
	if ('not' in where) {
		// Not any of: all of the opposites. So one rule serves both groups.
		if ('any' in where.not)
			return constancyOfAll(
				where.not.any.map((not) => ({ not })),
				types
			);
		return opposite(constancyOf(where.not, types));
	}
	if ('event' in where && where.event.count) return constancyOfCount(where.event.count);
	if (('attribute' in where || 'trigger' in where) && isEmptyList(where)) return 'never';
	return 'sometimes';
}

function opposite(constancy: Constancy): Constancy {
	if (constancy === 'sometimes') return constancy;
	return constancy === 'always' ? 'never' : 'always';
}

function isEmptyList(test: Test): boolean {
	return test.op === 'in' && Array.isArray(test.value) && test.value.length === 0;
}

function constancyOfCount(count: { op: Op; value: number }): Constancy {
	if (count.op === '>=' && count.value === 0) return 'always';
	return count.op === '<' && count.value === 0 ? 'never' : 'sometimes';
}

function constancyOfAll(parts: Where[], types: Types): Constancy {
	const conjuncts = parts.flatMap(conjunctsOf);
	const each = conjuncts.map((part) =>
		'not' in part ? opposite(constancyOf(part.not, types)) : constancyOf(part, types)
	);
	if (each.includes('never') || contradicts(conjuncts, types) || hasDeadChoice(conjuncts, types))
		return 'never';
	return each.every((one) => one === 'always') ? 'always' : 'sometimes';
}

/** More pairs than that are not looked at: the answer is a warning, not a proof of life. */
const MOST_PAIRS = 10_000;

/** Whether one of the choices beside the other parts can be met in no way. */
function hasDeadChoice(conjuncts: Where[], types: Types): boolean {
	return conjuncts.some((part, index) => {
		if (!('any' in part) || !part.any.length || part.any.length * conjuncts.length > MOST_PAIRS) return false;
		const others = conjuncts.filter((_, place) => place !== index);
		return part.any.every((choice) => contradicts([...others, ...conjunctsOf(choice)], types));
	});
}

function conjunctsOf(where: Where): Where[] {
	if ('all' in where) return where.all.flatMap(conjunctsOf);
	if ('not' in where && 'any' in where.not) return where.not.any.flatMap((not) => conjunctsOf({ not }));
	if ('not' in where && 'not' in where.not) return conjunctsOf(where.not.not);
	return [where];
}

function contradicts(conjuncts: Where[], types: Types): boolean {
	const said = new Set(conjuncts.map((part) => JSON.stringify(part)));
	if (conjuncts.some((part) => 'not' in part && said.has(JSON.stringify(part.not)))) return true;
	const testsBySubject = new Map<string, { type: AttributeType | null; tests: Test[] }>();
	for (const part of conjuncts) {
		const isMissingTurned =
			'not' in part && isComparison(part.not) && (part.not.op === 'missing' || part.not.op === 'exists');
		const plain = isMissingTurned ? turned(part.not) : part;
		if (!isComparison(plain)) continue;
		const subject = 'attribute' in plain ? `attribute ${plain.attribute}` : `trigger ${plain.trigger}`;
		const type = 'attribute' in plain ? (types.get(plain.attribute) ?? null) : null;
		const group = testsBySubject.get(subject) ?? { type, tests: [] };
		group.tests.push(plain);
		testsBySubject.set(subject, group);
	}
	return [...testsBySubject.values()].some(({ type, tests }) => cannotAllHold(tests, type));
}

type Comparison = Extract<Where, { op: Op }>;

function isComparison(where: Where): where is Comparison {
	return 'attribute' in where || 'trigger' in where;
}

function turned(where: Where): Where {
	if (!isComparison(where)) return where;
	const { value: _, ...rest } = where;
	return { ...rest, op: where.op === 'missing' ? 'exists' : 'missing' } as Where;
}

/** Whether no single value passes every test of it. */
function cannotAllHold(tests: Test[], type: AttributeType | null): boolean {
	if (tests.some((test) => test.op === 'missing')) return tests.some((test) => test.op !== 'missing');
	const only = candidatesOf(tests, type);
	if (only) return !only.some((value) => tests.every((test) => allows(test, value, type)));
	const excluded = new Set(
		tests.filter((test) => test.op === '!=').map((test) => comparable(test.value, type))
	);
	if (excluded.has(true) && excluded.has(false)) return true;
	return isEmptyRange(tests, type);
}

/** Where a test names the values, they are all there is to look at. */
function candidatesOf(tests: Test[], type: AttributeType | null): unknown[] | null {
	for (const test of tests) {
		if (test.op === '=') return [comparable(test.value, type)];
		if (test.op === 'in' && Array.isArray(test.value))
			return test.value.map((value: unknown) => comparable(value, type));
	}
	return null;
}

/** Values as they compare: text folded, dates as numbers. */
function comparable(value: unknown, type: AttributeType | null): unknown {
	if (typeof value !== 'string') return value;
	if (type === 'date') return parseDay(value) ?? undefined;
	if (type === 'datetime') return parseInstant(value) ?? undefined;
	return fold(value);
}

function order(left: unknown, right: unknown): number | null {
	if (typeof left === 'number' && typeof right === 'number') return left - right;
	return typeof left === 'string' && typeof right === 'string' ? compareText(left, right) : null;
}

const RANGE_OPS: Partial<Record<Op, '<' | '<=' | '>' | '>='>> = {
	'<': '<',
	'<=': '<=',
	'>': '>',
	'>=': '>=',
	before: '<',
	after: '>'
};

/** Whether a test lets a comparable value pass; what can't be told here passes. */
function allows(test: Test, value: unknown, type: AttributeType | null): boolean {
	if (value === undefined) return true;
	const wanted = comparable(test.value, type);
	// Without a declared type, dates compare by their look, which is not worked out here.
	if (type === null && (test.op === 'before' || test.op === 'after')) return true;
	const range = RANGE_OPS[test.op];
	if (range) {
		const by = order(value, wanted);
		return (
			by === null || (range === '<' ? by < 0 : range === '<=' ? by <= 0 : range === '>' ? by > 0 : by >= 0)
		);
	}
	switch (test.op) {
		case '=':
			return wanted === undefined || value === wanted;
		case '!=':
			return wanted === undefined || (typeof value === typeof wanted && value !== wanted);
		case 'in':
			return (
				!Array.isArray(test.value) || test.value.some((each: unknown) => comparable(each, type) === value)
			);
		case 'startsWith':
			return typeof value !== 'string' || typeof wanted !== 'string' || value.startsWith(wanted);
		case 'contains':
			return typeof value !== 'string' || typeof wanted !== 'string' || value.includes(wanted);
		default:
			return true;
	}
}

function isEmptyRange(tests: Test[], type: AttributeType | null): boolean {
	const bounds = tests.flatMap((test) => {
		const range = RANGE_OPS[test.op];
		const isUntypedDate = type === null && (test.op === 'before' || test.op === 'after');
		return range && !isUntypedDate ? [{ range, value: comparable(test.value, type) }] : [];
	});
	const lower = bounds.filter((bound) => bound.range === '>' || bound.range === '>=');
	const upper = bounds.filter((bound) => bound.range === '<' || bound.range === '<=');
	return lower.some((low) =>
		upper.some((high) => {
			const by = order(low.value, high.value);
			if (by === null)
				return typeof low.value !== typeof high.value && low.value !== undefined && high.value !== undefined;
			return by > 0 || (by === 0 && !(low.range === '>=' && high.range === '<='));
		})
	);
}
