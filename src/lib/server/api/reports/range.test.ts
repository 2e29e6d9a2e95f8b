import { describe, expect, it } from 'vitest';
import { dayRange, daysIn, instantsOf } from './range.ts';

const zone = 'America/New_York';

describe('the days of a report', () => {
	it('are counted back from today in the journey’s zone', () => {
		// 01:30 in UTC is still the day before in New York.
		const now = Date.UTC(2026, 2, 9, 1, 30);
		expect(dayRange({ days: 7 }, zone, now)).toEqual({ from: '2026-03-02', to: '2026-03-08' });
	});
	it('are open where none are given', () => {
		expect(dayRange({}, zone, 0)).toEqual({ from: null, to: null });
		expect(instantsOf({ from: null, to: null }, zone)).toEqual({ since: null, until: null });
	});
	it('begin and end at local midnight, also over a change of clocks', () => {
		const { since, until } = instantsOf({ from: '2026-03-08', to: '2026-03-08' }, zone);
		expect(since?.toISOString()).toBe('2026-03-08T05:00:00.000Z');
		expect(until?.toISOString()).toBe('2026-03-09T04:00:00.000Z');
	});
	it('can be listed one by one', () => {
		expect(daysIn({ from: '2026-02-27', to: '2026-03-01' })).toEqual([
			'2026-02-27',
			'2026-02-28',
			'2026-03-01'
		]);
		expect(daysIn({ from: null, to: '2026-03-01' })).toEqual([]);
	});
});
