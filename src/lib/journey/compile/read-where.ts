/** Reads a condition: its shape, and each comparison's value by its operator (§4). */
import {
	attributeTestSchema,
	consentTestSchema,
	eventTestSchema,
	isCleanText,
	isDateText,
	messageTestSchema,
	segmentTestSchema,
	triggerTestSchema,
	type Op
} from '../document.ts';
import { parseDurationParts, roughMs } from '../duration.ts';
import { compilePattern } from '../where/pattern.ts';
import { at, diagnose, type Diagnostic } from './diagnostic.ts';
import { readWith, required, wrongType } from './issues.ts';

interface Reading {
	found: Diagnostic[];
	step?: string;
}

const SHAPES = [
	'all',
	'any',
	'not',
	'attribute',
	'trigger',
	'event',
	'message',
	'segment',
	'consent'
] as const;
type Shape = (typeof SHAPES)[number];

const LEAVES = {
	attribute: attributeTestSchema,
	trigger: triggerTestSchema,
	event: eventTestSchema,
	message: messageTestSchema,
	segment: segmentTestSchema,
	consent: consentTestSchema
} as const;

export function isRecord(input: unknown): input is Record<string, unknown> {
	return typeof input === 'object' && input !== null && !Array.isArray(input);
}

/** Adds to `found` whatever keeps `input` from being a condition. Its depth was measured before. */
export function readWhere(input: unknown, path: string, found: Diagnostic[], step?: string): void {
	readPart(input, path, { found, step });
}

function readPart(input: unknown, path: string, reading: Reading): void {
	const { found, step } = reading;
	if (input === undefined) return void found.push(required(path, step));
	if (!isRecord(input)) return void found.push(wrongType(path, 'a condition', step));
	const shape = SHAPES.find((each) => Object.hasOwn(input, each));
	if (!shape) {
		const message =
			'This is no condition yet. Choose what to look at: an attribute, an event, a message or a consent.';
		return void found.push(diagnose('format.value', path, message, { step }));
	}
	if (shape === 'all' || shape === 'any' || shape === 'not') return readGroup(shape, input, path, reading);
	const before = found.length;
	readWith(LEAVES[shape], input, path, found, step);
	if (found.length === before) readValues(shape, input, path, reading);
}

function readGroup(
	shape: 'all' | 'any' | 'not',
	input: Record<string, unknown>,
	path: string,
	reading: Reading
): void {
	for (const key of Object.keys(input)) {
		if (key === shape) continue;
		const place = at(path, key);
		reading.found.push(
			diagnose('format.unknown-key', place, `“${key}” does not belong beside “${shape}”. Remove it.`, {
				step: reading.step,
				fix: { label: `Remove “${key}”`, patch: [{ op: 'remove', path: place }] }
			})
		);
	}
	const inner = input[shape];
	const place = at(path, shape);
	if (shape === 'not') return readPart(inner, place, reading);
	if (!Array.isArray(inner))
		return void reading.found.push(wrongType(place, 'a list of conditions', reading.step));
	// A list with a hole in it is no JSON, but it is read like one.
	for (const [index, part] of inner.entries()) readPart(part ?? null, at(place, index), reading);
}

function readValues(shape: Shape, input: Record<string, unknown>, path: string, reading: Reading): void {
	if (shape === 'attribute' || shape === 'trigger') return readComparison(input, path, reading);
	if (shape !== 'event' || !isRecord(input['event'])) return;
	readTests(input['event']['where'], at(path, 'event', 'where'), reading.found, reading.step);
}

/** Reads the values of property tests whose shape is known to fit. */
export function readTests(tests: unknown, path: string, found: Diagnostic[], step?: string): void {
	if (!Array.isArray(tests)) return;
	tests.forEach((test: unknown, index) => {
		if (isRecord(test)) readComparison(test, at(path, index), { found, step });
	});
}

function readComparison(test: Record<string, unknown>, path: string, reading: Reading): void {
	const op = test['op'] as Op;
	const place = at(path, 'value');
	if (op === 'exists' || op === 'missing') {
		if (test['value'] === undefined) return;
		const message = `“${op}” asks for no value. Remove it.`;
		const fix = { label: 'Remove the value', patch: [{ op: 'remove' as const, path: place }] };
		return void reading.found.push(
			diagnose('format.unknown-key', place, message, { step: reading.step, fix })
		);
	}
	const { value } = test;
	if (value === undefined) {
		const message = 'Say what to compare with.';
		return void reading.found.push(diagnose('format.required', place, message, { step: reading.step }));
	}
	const fault = valueFault(op, value);
	if (fault) reading.found.push(diagnose(fault.code, place, fault.message, { step: reading.step }));
}

interface Fault {
	code: 'format.type' | 'format.value';
	message: string;
}

const type = (message: string): Fault => ({ code: 'format.type', message });
const wrong = (message: string): Fault => ({ code: 'format.value', message });

function valueFault(op: Exclude<Op, 'exists' | 'missing'>, value: unknown): Fault | null {
	switch (op) {
		case 'in':
			if (!Array.isArray(value)) return type('Compare with a list of values.');
			return value.map(scalarFault).find((fault) => fault !== null) ?? null;
		case 'startsWith':
			return typeof value === 'string' ? scalarFault(value) : type('Compare with text.');
		case 'matches':
			return typeof value === 'string'
				? (scalarFault(value) ?? patternFault(value))
				: type('Write a pattern as text.');
		case 'before':
		case 'after':
			if (typeof value !== 'string') return type('Compare with a date.');
			return isDateText(value)
				? null
				: wrong('Write a date such as 2026-03-01, or an instant such as 2026-03-01T09:00:00Z.');
		case 'withinLast':
		case 'withinNext':
		case 'anniversaryWithin':
			return durationFault(value);
		default:
			return scalarFault(value);
	}
}

function durationFault(value: unknown): Fault | null {
	if (typeof value !== 'string') return type('Compare with a duration such as P7D.');
	const parts = parseDurationParts(value);
	return parts && parts.sign === 1 && roughMs(parts) > 0
		? null
		: wrong('Write a duration above zero, such as P7D.');
}

function patternFault(value: string): Fault | null {
	const compiled = compilePattern(value);
	return 'fault' in compiled ? wrong(`This pattern can't be read: ${compiled.fault}.`) : null;
}

function scalarFault(value: unknown): Fault | null {
	if (typeof value === 'boolean') return null;
	if (typeof value === 'number') return Number.isFinite(value) ? null : wrong('Write a number.');
	if (typeof value !== 'string') return type('Compare with text, a number, a date, or yes or no.');
	return isCleanText(value) ? null : wrong('The text holds characters that are no text.');
}
