import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY, dayOf, offsetAt, toLocal } from '../zone.ts';
import { localDayOf, offsetTable } from './offsets.ts';

const ZONES = [
	'UTC',
	'America/New_York',
	'America/Boa_Vista',
	'Africa/Casablanca',
	'Africa/Tunis',
	'Asia/Gaza',
	'Australia/Lord_Howe',
	'Europe/Dublin',
	'Pacific/Apia'
];

function offsetIn(zone: string, instant: number): number | undefined {
	const { starts, offsets } = offsetTable(zone);
	return offsets[starts.findLastIndex((start) => start <= instant)];
}

test.each(ZONES)('the table of %s says what the zone does, from 1900 to 2100', (zone) => {
	fc.assert(
		fc.property(fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2100, 0, 1) }), (instant) => {
			expect(offsetIn(zone, instant)).toBe(offsetAt(zone, instant));
		}),
		{ numRuns: 500 }
	);
});

test.each(ZONES)('each change in the table of %s is a change of the zone, to the second', (zone) => {
	const { starts, offsets } = offsetTable(zone);
	starts.slice(1).forEach((start, n) => {
		expect([offsetAt(zone, start - 1_000), offsetAt(zone, start)]).toEqual([offsets[n], offsets[n + 1]]);
	});
});

test('a day is the wall clock’s', () => {
	const evening = Date.UTC(2026, 2, 8, 3);
	expect(localDayOf('America/New_York', evening)).toBe(dayOf(toLocal('America/New_York', evening)));
	expect(localDayOf('America/New_York', evening)).toBe(Date.UTC(2026, 2, 8) - DAY);
});
