import { describe, expect, test } from 'vitest';
import { nextRecurrence, recurrenceFault } from './recurrence.ts';

const START = '2026-03-01T12:00:00Z';

function days(every: string, at: string, zone: string, count: number, start = START): string[] {
	const from = Date.parse(start);
	const found: string[] = [];
	let next = nextRecurrence({ every, at }, zone, from, from);
	while (next !== null && found.length < count) {
		found.push(new Date(next).toISOString().slice(0, 16));
		next = nextRecurrence({ every, at }, zone, from, next + 1);
	}
	return found;
}

describe('a recurrence', () => {
	test('starts when the journey is published', () => {
		expect(days('FREQ=DAILY', '12:00', 'UTC', 2)).toEqual(['2026-03-01T12:00', '2026-03-02T12:00']);
		expect(days('FREQ=DAILY', '11:59', 'UTC', 1)).toEqual(['2026-03-02T11:59']);
		expect(days('FREQ=DAILY;COUNT=2', '09:00', 'UTC', 5)).toEqual(['2026-03-02T09:00', '2026-03-03T09:00']);
	});

	test('without a weekday keeps the one of the publish', () => {
		expect(days('FREQ=WEEKLY', '13:00', 'UTC', 2)).toEqual(['2026-03-01T13:00', '2026-03-08T13:00']);
	});

	test('is in the journey’s zone over a clock change', () => {
		expect(days('FREQ=DAILY', '02:30', 'America/New_York', 3, '2026-03-06T12:00:00Z')).toEqual([
			'2026-03-07T07:30',
			'2026-03-08T07:30',
			'2026-03-09T06:30'
		]);
	});

	test('includes the day of its end', () => {
		expect(days('FREQ=DAILY;UNTIL=20260303', '23:30', 'Asia/Kolkata', 9)).toEqual([
			'2026-03-01T18:00',
			'2026-03-02T18:00',
			'2026-03-03T18:00'
		]);
		expect(days('FREQ=DAILY;UNTIL=20260302T180000Z', '23:30', 'Asia/Kolkata', 9)).toHaveLength(2);
	});

	test('knows the last Friday of a month and leap days', () => {
		expect(days('FREQ=MONTHLY;BYDAY=-1FR', '09:00', 'UTC', 2)).toEqual([
			'2026-03-27T09:00',
			'2026-04-24T09:00'
		]);
		expect(days('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', '09:00', 'UTC', 1)).toEqual(['2028-02-29T09:00']);
	});
});

test.each([
	['FREQ=WEEKLY;BYDAY=MO', null],
	['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO', null],
	['FREQ=DAILY;UNTIL=19990101', null],
	['FREQ=HOURLY', 'say FREQ=DAILY, WEEKLY, MONTHLY or YEARLY'],
	['FREQ=DAILY;BYHOUR=9', 'the time of day is said in “at”'],
	['FREQ=DAILY;FREQ=DAILY', 'one of its parts is there twice'],
	['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 'no day fits it'],
	['FREQ=DAILY;INTERVAL=0', 'write a recurrence such as FREQ=WEEKLY;BYDAY=MO'],
	['every Monday', 'write a recurrence such as FREQ=WEEKLY;BYDAY=MO'],
	['FREQ=DAILY;UNTIL=soon', 'write UNTIL as a date such as 20261231']
])('the fault of %s is %s', (rule, fault) => expect(recurrenceFault(rule)).toBe(fault));
