import { describe, expect, it } from 'vitest';
import { maskAttributes } from './get.ts';
import { MASK, readInWords, valueInWords } from './value-words.ts';

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
	it('keeps health information behind dots', () => {
		const said = readInWords(
			{ what: 'attribute:age', value: 71, phi: true, holds: false },
			names,
			stepTitle,
			zone
		);
		expect(said).toBe('Age: •••• (does not hold)');
		expect(said).not.toContain('71');
	});
	it('says of events, messages and consents whether they were', () => {
		const say = (what: string, holds: boolean) =>
			readInWords({ what, value: 1, holds }, names, stepTitle, zone);
		expect(say('event:visit.completed', false)).toBe('Visit completed: did not happen');
		expect(say('trigger:followUp', true)).toBe('Follow up of the event that started it: 1 (holds)');
		expect(say('message:survey opened', true)).toBe('“Visit survey” opened: yes');
		expect(say('consent:marketing', false)).toBe('Marketing consent: not given');
	});
});

describe('attributes of a person', () => {
	it('are masked where they are health information, or where nobody said what they are', () => {
		const known = [
			{ key: 'plan', label: 'Plan', type: 'text' as const, phi: false },
			{ key: 'diagnosis', label: 'Diagnosis', type: 'text' as const, phi: true }
		];
		expect(maskAttributes({ plan: 'gold', diagnosis: 'J45', odd: 'x' }, known, zone)).toEqual([
			{ key: 'diagnosis', label: 'Diagnosis', phi: true, value: MASK },
			{ key: 'odd', label: 'odd', phi: true, value: MASK },
			{ key: 'plan', label: 'Plan', phi: false, value: 'gold' }
		]);
	});
});
