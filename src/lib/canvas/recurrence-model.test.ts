import { expect, test } from 'vitest';
import { readRecurrence, writeRecurrence } from './recurrence-model.ts';

test.each(['FREQ=DAILY', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR', 'FREQ=YEARLY'])(
	'%s stays as it is',
	(rule) => {
		const read = readRecurrence(rule);
		expect(read && writeRecurrence(read)).toBe(rule);
	}
);

test.each([
	'FREQ=MONTHLY;BYDAY=1MO',
	'FREQ=DAILY;COUNT=3',
	'FREQ=HOURLY',
	'every day',
	'FREQ=DAILY;INTERVAL=0'
])('%s is more than the form can show', (rule) => expect(readRecurrence(rule)).toBeNull());

test('nothing yet is each week', () => {
	expect(readRecurrence('')).toEqual({ frequency: 'WEEKLY', interval: 1, days: [] });
});
