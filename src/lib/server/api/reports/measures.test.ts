import { describe, expect, it } from 'vitest';
import { measureSchema, measureTitle, valueOf } from './measures.ts';
import { resultOf } from './people.ts';
import { noNumbers } from './step-numbers.ts';

const numbers = {
	...noNumbers(),
	entered: 10,
	left: 8,
	outcomes: { yes: 5, no: 3 },
	sent: 6,
	engaged: 4,
	blocked: 2,
	blockedBy: { 'no-address': 2 },
	failed: 1
};

describe('a measure in an address', () => {
	it.each([
		['entered', 10, 'Came to this step'],
		['left', 8, 'Went on from this step'],
		['left:no', 3, 'Left this step: no'],
		['left:never', 0, 'Left this step: never'],
		['blocked:no-address', 2, 'Not sent: no address'],
		['unopened', 2, 'Never opened the message'],
		['unsent', 3, 'Not sent']
	])('%s is %d: %s', (text, value, title) => {
		const measure = measureSchema.parse(text);
		expect(valueOf(measure, numbers)).toBe(value);
		expect(measureTitle(measure, false)).toBe(title);
	});
	it('is refused when there is no such number', () => {
		expect(measureSchema.safeParse('salary').success).toBe(false);
	});
	it('has other words for the whole journey', () => {
		expect(measureTitle(measureSchema.parse('waiting'), true)).toBe('Inside now');
		expect(measureTitle(measureSchema.parse('entered'), true)).toBe('Entered the journey');
	});
});

describe('what came of a row', () => {
	const row = { outcome: null, state: null, reason: null };
	it('says how a visit was left, and why', () => {
		expect(resultOf(measureSchema.parse('left'), { ...row, outcome: 'blocked', reason: 'no-address' })).toBe(
			'Not sent: no address'
		);
		expect(resultOf(measureSchema.parse('entered'), row)).toBe('Still here, or ended here');
	});
	it('says what became of a message, an enrollment or an entry', () => {
		expect(resultOf(measureSchema.parse('sent'), { ...row, state: 'sent' })).toBe('Sent');
		expect(resultOf(measureSchema.parse('waiting'), { ...row, state: 'waiting' })).toBe('Waiting');
		expect(resultOf(measureSchema.parse('refused'), { ...row, reason: 'reentry' })).toBe(
			'Turned away: already inside, or was here before'
		);
	});
});
