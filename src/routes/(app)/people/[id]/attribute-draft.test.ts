import { expect, test } from 'vitest';
import { draftOf, valuesOf, type AttributeDraft } from './attribute-draft.ts';

const draft = (type: AttributeDraft['type'], raw: unknown, masked = false) =>
	draftOf({ key: 'a', label: 'A', type, masked, raw });

test.each([
	['text', 'en', 'es', 'es'],
	['number', 7, ' 8 ', 8],
	['number', 7, 'many', 'many'],
	['boolean', true, 'false', false],
	['date', '1960-02-29', '1960-03-01', '1960-03-01'],
	['list', ['a', 2], 'a, b,', ['a', 'b']],
	['text', 'en', '', null]
] as const)('%s %j typed over with %j is %j', (type, raw, text, value) => {
	expect(valuesOf([{ ...draft(type, raw), text }])).toEqual({ a: value });
});

test('what was not touched is left out, covered or not', () => {
	expect(valuesOf([draft('list', ['a', 2]), draft('text', null, true)])).toEqual({});
});

test('what is covered can be written over and taken away without being seen', () => {
	const covered = draft('text', null, true);
	expect(covered.text).toBe('');
	expect(valuesOf([{ ...covered, text: 'J46' }])).toEqual({ a: 'J46' });
	expect(valuesOf([{ ...covered, isRemoved: true }])).toEqual({ a: null });
});
