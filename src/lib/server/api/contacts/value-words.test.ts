import { describe, expect, it } from 'vitest';
import { MASK } from '../../people/sight.ts';
import { readInWords, valueInWords } from './value-words.ts';

const zone = 'America/New_York';
const names = { template: (slug: string) => slug, attribute: (key: string) => (key === 'age' ? 'Age' : key) };
const stepTitle = () => 'Visit survey';

describe('values', () => {
	it.each([
		[true, 'yes'],
		[null, 'none'],
		[[], 'none'],
		[['a', 2], 'a, 2'],
		['1960-02-29', 'Feb 29, 1960'],
		['2026-03-02T17:00:00Z', 'Mar 2, 2026, 12:00 EST'],
		[{ visitId: 'v1', score: 7 }, 'visitId: v1, score: 7'],
		['plain', 'plain']
	])('%j reads as %s', (value, text) => expect(valueInWords(value, zone)).toBe(text));
});

describe('what a decision read', () => {
	it('names the attribute, its value and whether it held', () => {
		expect(readInWords({ what: 'attribute:age', value: 71, holds: true }, names, stepTitle, zone)).toBe(
			'Age: 71 (holds)'
		);
	});
	it('keeps what is covered covered', () => {
		const read = { what: 'attribute:age', value: MASK, phi: true, holds: false };
		expect(readInWords(read, names, stepTitle, zone)).toBe('Age: •••• (does not hold)');
	});
	it('says of events, messages and consents whether they were', () => {
		const say = (what: string, holds: boolean) =>
			readInWords({ what, value: MASK, holds }, names, stepTitle, zone);
		expect(say('event:visit.completed', false)).toBe('Visit completed: did not happen');
		expect(say('trigger:followUp', true)).toBe('Follow up of the event that started it: •••• (holds)');
		expect(say('message:survey opened', true)).toBe('“Visit survey” opened: yes');
		expect(say('consent:marketing', false)).toBe('Marketing consent: not given');
	});
});
