import { expect, test } from 'vitest';
import { hasType, inferType, labelOf } from './attribute-type.ts';

test.each([
	['Boston', 'text'],
	['', 'text'],
	[3.5, 'number'],
	[false, 'boolean'],
	['2026-03-31', 'date'],
	['2026-02-30', 'text'],
	['2026-03-31T09:00:00Z', 'datetime'],
	['2026-03-31T09:00:00-04:00', 'datetime'],
	['2026-03-31T09:00:00', 'text'],
	[['a', 2], 'list'],
	[[{ a: 1 }], null],
	[{ a: 1 }, null],
	[null, null]
])('%j is seen as %s', (value, type) => {
	expect(inferType(value)).toBe(type);
});

test('a text attribute takes a text that looks like a date, and a date takes no other text', () => {
	expect(hasType('2026-03-31', 'text')).toBe(true);
	expect(hasType('tomorrow', 'date')).toBe(false);
	expect(hasType(null, 'number')).toBe(true);
	expect(hasType('5', 'number')).toBe(false);
});

test.each([
	['firstName', 'First name'],
	['last_visit_at', 'Last visit at'],
	['a1c', 'A1c']
])('%s is labelled %s', (key, label) => {
	expect(labelOf(key)).toBe(label);
});
