/** One comparison as SQL; the twin of `compare`. */
import type { Op } from '../../document.ts';
import { addDuration, subtractDuration } from '../../duration.ts';
import { fold } from '../../text.ts';
import type { AttributeType } from '../../world.ts';
import { DAY, dayOf, toInstant, toLocal } from '../../zone.ts';
import { memberKey, readDate, type Comparison } from '../compare.ts';
import { compilePattern } from '../pattern.ts';
import { regexOf } from './pattern.ts';
import { FALSE, sure, type Statement } from './statement.ts';

/** A JSON value of a row, and what it is declared to be; null for a property that is nothing by declaration. */
export interface Operand {
	/** An expression of type jsonb; null where there is nothing. */
	json: string;
	type: AttributeType | null;
}

const SYMBOLS = { '=': '=', '!=': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const;

const textOf = ({ json }: Operand) => `json_text(${json})`;
const foldedOf = (operand: Operand) => `fold_text(${textOf(operand)}) collate "C"`;
const dayOfOperand = (operand: Operand) => `read_day(${textOf(operand)})`;
const instantOfOperand = (operand: Operand) => `read_instant(${textOf(operand)})`;

function isPresent({ json }: Operand): string {
	return `(${json} is not null and ${json} <> 'null'::jsonb)`;
}

/** Whether the value is of its declared type; true where there is none. */
function isOfType(operand: Operand): string {
	switch (operand.type) {
		case null:
			return isPresent(operand);
		case 'date':
			return `${dayOfOperand(operand)} is not null`;
		case 'datetime':
			return `${instantOfOperand(operand)} is not null`;
		case 'text':
			return `jsonb_typeof(${operand.json}) = 'string'`;
		case 'list':
			return `jsonb_typeof(${operand.json}) = 'array'`;
		case 'number':
		case 'boolean':
			return `jsonb_typeof(${operand.json}) = '${operand.type}'`;
	}
}

/** `operand op value` as a condition that is true or false. */
export function comparisonToSql(statement: Statement, operand: Operand, comparison: Comparison): string {
	if (comparison.op === 'missing') return `(not ${isPresent(operand)})`;
	if (comparison.op === 'exists') return isPresent(operand);
	const test = testOf(statement, operand, comparison);
	if (test === FALSE) return FALSE;
	return sure(readsDate(operand, comparison.op) ? test : `${isOfType(operand)} and ${test}`);
}

const TEXT_OPS: readonly Op[] = ['contains', 'startsWith', 'matches'];

/** A comparison that reads a date is null by itself where there is none, and reading takes most of its time. */
function readsDate({ type }: Operand, op: Op): boolean {
	return (type === 'date' || type === 'datetime') && !TEXT_OPS.includes(op);
}

function testOf(statement: Statement, operand: Operand, comparison: Comparison): string {
	const { op, value } = comparison;
	switch (op) {
		case '=':
		case '!=':
		case '<':
		case '<=':
		case '>':
		case '>=':
			return order(statement, operand, op, value);
		case 'in':
			return isIn(statement, operand, value);
		case 'contains':
			return contains(statement, operand, value);
		case 'startsWith':
			return typeof value === 'string'
				? `starts_with(${foldedOf(operand)}, ${statement.bind(fold(value), 'text')})`
				: FALSE;
		case 'matches':
			return matches(statement, operand, value);
		case 'before':
		case 'after':
			return dateOrder(statement, operand, op, value);
		case 'withinLast':
		case 'withinNext':
			return within(statement, operand, value, op === 'withinNext');
		case 'anniversaryWithin':
			return comesRound(statement, operand, value);
		case 'exists':
		case 'missing':
			throw new Error(`${op} compares with nothing.`);
	}
}

function order(statement: Statement, operand: Operand, op: keyof typeof SYMBOLS, value: unknown): string {
	const symbol = SYMBOLS[op];
	if (operand.type === 'date' || operand.type === 'datetime') {
		const key = memberKey(value, operand.type);
		if (typeof key !== 'number') return FALSE;
		return operand.type === 'date'
			? `${dayOfOperand(operand)} ${symbol} ${statement.bind(key / DAY, 'integer')}`
			: `${instantOfOperand(operand)} ${symbol} ${statement.bind(key, 'bigint')}`;
	}
	if (typeof value === 'number')
		return `json_number(${operand.json}) ${symbol} ${statement.bind(value, 'float8')}`;
	if (typeof value === 'boolean') {
		if (op !== '=' && op !== '!=') return FALSE;
		return `jsonb_typeof(${operand.json}) = 'boolean' and ${operand.json} ${symbol} ${statement.bind(String(value), 'jsonb')}`;
	}
	if (typeof value !== 'string') return FALSE;
	return `${foldedOf(operand)} ${symbol} ${statement.bind(fold(value), 'text')}`;
}

function isIn(statement: Statement, operand: Operand, value: unknown): string {
	const keys: unknown[] = Array.isArray(value)
		? value.map((each: unknown) => memberKey(each, operand.type))
		: [];
	const numbers = keys.filter((key) => typeof key === 'number');
	if (operand.type === 'date') {
		return `${dayOfOperand(operand)} = any(${statement.bind(
			numbers.map((key) => key / DAY),
			'integer[]'
		)})`;
	}
	if (operand.type === 'datetime')
		return `${instantOfOperand(operand)} = any(${statement.bind(numbers, 'bigint[]')})`;
	const texts = keys.filter((key) => typeof key === 'string');
	const tests = [
		...(texts.length ? [`${foldedOf(operand)} = any(${statement.bind(texts, 'text[]')})`] : []),
		...(numbers.length ? [`json_number(${operand.json}) = any(${statement.bind(numbers, 'float8[]')})`] : []),
		...[true, false]
			.filter((key) => keys.includes(key))
			.map((key) => `${operand.json} = ${statement.bind(String(key), 'jsonb')}`)
	];
	return tests.length ? `(${tests.map(sure).join(' or ')})` : FALSE;
}

function contains(statement: Statement, operand: Operand, value: unknown): string {
	const items = `jsonb_array_elements(case when jsonb_typeof(${operand.json}) = 'array' then ${operand.json} else '[]' end) item`;
	if (typeof value === 'string') {
		const wanted = statement.bind(fold(value), 'text');
		const inText = `strpos(${foldedOf(operand)}, ${wanted}) > 0`;
		const inList = `exists (select from ${items} where fold_text(json_text(item)) collate "C" = ${wanted})`;
		return `(${sure(inText)} or ${inList})`;
	}
	if (typeof value === 'number')
		return `exists (select from ${items} where json_number(item) = ${statement.bind(value, 'float8')})`;
	if (typeof value === 'boolean')
		return `exists (select from ${items} where item = ${statement.bind(String(value), 'jsonb')})`;
	return FALSE;
}

function matches(statement: Statement, operand: Operand, value: unknown): string {
	const compiled = typeof value === 'string' ? compilePattern(value) : null;
	if (!compiled || 'fault' in compiled) return FALSE;
	return `${foldedOf(operand)} ~ ${statement.bind(regexOf(compiled.tree), 'text')}`;
}

/** What looks like a day is one, else what looks like an instant, as far as the declared type lets it. */
function byDate(operand: Operand, day: (days: string) => string, instant: (ms: string) => string): string {
	const days = dayOfOperand(operand);
	const ms = instantOfOperand(operand);
	if (operand.type === 'date') return day(days);
	if (operand.type === 'datetime') return instant(ms);
	return `(case when ${days} is not null then ${day(days)} else ${instant(ms)} end)`;
}

function dateOrder(
	statement: Statement,
	operand: Operand,
	op: Extract<Op, 'before' | 'after'>,
	value: unknown
): string {
	const date = readDate(value, operand.type);
	if (!date) return FALSE;
	const symbol = op === 'before' ? '<' : '>';
	if ('instant' in date) {
		const { instant } = date;
		return byDate(
			operand,
			(days) =>
				`${days} ${symbol} ${statement.perZone((zone) => dayOf(toLocal(zone, instant)) / DAY, 'integer')}`,
			(ms) => `${ms} ${symbol} ${statement.bind(instant, 'bigint')}`
		);
	}
	const { day } = date;
	return byDate(
		operand,
		(days) => `${days} ${symbol} ${statement.bind(day / DAY, 'integer')}`,
		(ms) =>
			op === 'before'
				? `${ms} < ${statement.perZone((zone) => toInstant(zone, day), 'bigint')}`
				: `${ms} >= ${statement.perZone((zone) => toInstant(zone, day + DAY), 'bigint')}`
	);
}

function within(statement: Statement, operand: Operand, value: unknown, isNext: boolean): string {
	if (typeof value !== 'string') return FALSE;
	const { now } = statement.context;
	const from = (zone: string) => (isNext ? now : subtractDuration(now, value, zone));
	const to = (zone: string) => (isNext ? addDuration(now, value, zone) : now);
	const day = (bound: (zone: string) => number) =>
		statement.perZone((zone) => dayOf(toLocal(zone, bound(zone))) / DAY, 'integer');
	return byDate(
		operand,
		(days) => `${days} between ${day(from)} and ${day(to)}`,
		(ms) => `${ms} between ${statement.perZone(from, 'bigint')} and ${statement.perZone(to, 'bigint')}`
	);
}

function comesRound(statement: Statement, operand: Operand, value: unknown): string {
	if (typeof value !== 'string') return FALSE;
	const { now } = statement.context;
	const today = statement.perZone((zone) => dayOf(toLocal(zone, now)) / DAY, 'integer');
	const last = statement.perZone(
		(zone) => dayOf(toLocal(zone, addDuration(now, value, zone))) / DAY,
		'integer'
	);
	const day = byDate(
		operand,
		(days) => days,
		(ms) => `day_at(${statement.offsets()}, ${ms})`
	);
	return `next_anniversary(${day}, ${today}) <= ${last}`;
}
