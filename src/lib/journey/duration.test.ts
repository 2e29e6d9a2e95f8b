import { Temporal } from 'temporal-polyfill';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDuration, durationOf, formatDuration, parseDurationParts, subtractDuration } from './duration.ts';
import { isZone, offsetAt, parseDay, parseInstant, toInstant, weekdayOf } from './zone.ts';

const at = (iso: string) => Date.parse(iso);

test.each([
	[
		'a day over spring is a day on the wall',
		'2026-03-07T15:00:00Z',
		'P1D',
		'America/New_York',
		'2026-03-08T14:00:00Z'
	],
	['24 hours are 24 hours', '2026-03-07T15:00:00Z', 'PT24H', 'America/New_York', '2026-03-08T15:00:00Z'],
	[
		'a local time in the gap moves on by the gap',
		'2026-03-07T07:30:00Z',
		'P1D',
		'America/New_York',
		'2026-03-08T07:30:00Z'
	],
	[
		'a local time that is twice takes the first',
		'2026-10-31T05:30:00Z',
		'P1D',
		'America/New_York',
		'2026-11-01T05:30:00Z'
	],
	[
		'a month from 31 January is the last of February',
		'2026-01-31T12:00:00Z',
		'P1M',
		'UTC',
		'2026-02-28T12:00:00Z'
	],
	['a year from 29 February is the 28th', '2024-02-29T12:00:00Z', 'P1Y', 'UTC', '2025-02-28T12:00:00Z'],
	[
		'calendar units come before clock units',
		'2026-03-07T15:00:00Z',
		'P1DT1H',
		'America/New_York',
		'2026-03-08T15:00:00Z'
	],
	['an offset goes back', '2026-03-10T12:00:00Z', '-P3D', 'UTC', '2026-03-07T12:00:00Z'],
	[
		'half an hour of clock change counts as half an hour',
		'2026-04-04T12:00:00Z',
		'P1D',
		'Australia/Lord_Howe',
		'2026-04-05T12:30:00Z'
	]
])('%s', (_, from, iso, zone, to) => {
	expect(new Date(addDuration(at(from), iso, zone)).toISOString()).toBe(new Date(at(to)).toISOString());
});

test('adding agrees with Temporal in every zone, clock changes included', () => {
	const zones = [
		'UTC',
		'America/New_York',
		'Europe/Berlin',
		'Australia/Lord_Howe',
		'America/St_Johns',
		'Africa/Casablanca',
		'Pacific/Apia'
	];
	fc.assert(
		fc.property(
			fc.integer({ min: Date.UTC(1975, 0), max: Date.UTC(2037, 0) }),
			fc.constantFrom(...zones),
			fc.constantFrom('P1D', 'P3D', 'P1W', 'P1M', 'P5M', 'P1Y', 'PT7H', 'P2DT5H30M', 'P1Y2M3W4DT5H6M7S'),
			fc.boolean(),
			(instant, zone, iso, isBack) => {
				const zoned = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
				const wanted = isBack ? zoned.subtract(iso) : zoned.add(iso);
				const found = isBack ? subtractDuration(instant, iso, zone) : addDuration(instant, iso, zone);
				// Calendar units subtract before clock units, as Temporal does.
				expect(found).toBe(wanted.epochMilliseconds);
			}
		),
		{ numRuns: 500 }
	);
});

test('local times agree with Temporal in every zone', () => {
	fc.assert(
		fc.property(
			fc.integer({ min: Date.UTC(1975, 0), max: Date.UTC(2037, 0) }),
			fc.constantFrom(
				'America/New_York',
				'Europe/Dublin',
				'Australia/Lord_Howe',
				'Pacific/Apia',
				'America/Sao_Paulo'
			),
			(local, zone) => {
				const wanted = Temporal.Instant.fromEpochMilliseconds(local)
					.toZonedDateTimeISO('UTC')
					.toPlainDateTime()
					.toZonedDateTime(zone);
				expect(toInstant(zone, local)).toBe(wanted.epochMilliseconds);
				expect(offsetAt(zone, local)).toBe(
					Temporal.Instant.fromEpochMilliseconds(local).toZonedDateTimeISO(zone).offsetNanoseconds / 1e6
				);
			}
		),
		{ numRuns: 500 }
	);
});

test.each(['', 'P', 'PT', 'P1', '1D', 'P1.5D', 'PT1H ', 'P-1D', 'P99999999D', 'P1DT', '--P1D'])(
	'%j is no duration',
	(iso) => {
		expect(parseDurationParts(iso)).toBeNull();
	}
);

test.each([
	['P2D', '2 days'],
	['P1D', '1 day'],
	['P1DT4H', '1 day and 4 hours'],
	['P1M2W3D', '1 month, 2 weeks and 3 days'],
	['PT0S', '0 days'],
	['-P3D', '3 days']
])('%s is said as "%s"', (iso, words) => {
	expect(formatDuration(iso)).toBe(words);
});

test('an amount and a unit make a duration', () => {
	expect([durationOf(2, 'days'), durationOf(30, 'minutes'), durationOf(-1, 'months')]).toEqual([
		'P2D',
		'PT30M',
		'-P1M'
	]);
});

describe('what is no date, instant or zone', () => {
	test.each(['2026-02-30', '2026-13-01', '26-01-01', '2026-1-1', ''])('%j is no day', (text) => {
		expect(parseDay(text)).toBeNull();
	});
	test.each(['2026-01-01', '2026-01-01T25:00:00Z', '2026-01-01T10:00:00', '2026-02-30T10:00:00Z', 'now'])(
		'%j is no instant',
		(text) => {
			expect(parseInstant(text)).toBeNull();
		}
	);
	test('an instant is cut to milliseconds', () => {
		expect(parseInstant('2026-01-01T10:00:00.123999+02:00')).toBe(at('2026-01-01T08:00:00.123Z'));
	});
	test('zones have names', () => {
		expect([
			isZone('Europe/Berlin'),
			isZone('UTC'),
			isZone('Mars/Olympus'),
			isZone('+02:00'),
			isZone('')
		]).toEqual([true, true, false, false, false]);
	});
	test('Monday is 1', () => {
		expect(weekdayOf(Date.UTC(2026, 2, 2))).toBe(1);
		expect(weekdayOf(Date.UTC(1969, 11, 28))).toBe(7);
	});
});
