import { describe, expect, test } from 'vitest';
import type { ConfigOf } from './document.ts';
import { endOf, isTimeOfDay } from './until.ts';

type Config = ConfigOf<'wait.until'>;

const NEW_YORK = 'America/New_York';

function ends(
	config: Config,
	now: string,
	more: { zone?: string; visit?: unknown; trigger?: unknown; leftAt?: string } = {}
) {
	const { zone = 'UTC', visit, trigger, leftAt } = more;
	const facts = {
		zone,
		attributes: visit === undefined ? {} : { visit },
		attributeTypes: {},
		trigger: trigger === undefined ? {} : { visit: trigger },
		...(leftAt ? { leftAt: Date.parse(leftAt) } : {})
	};
	const { at, outcome } = endOf(config, facts, Date.parse(now));
	return `${outcome} ${new Date(at).toISOString()}`;
}

describe('a time of day', () => {
	test.each<[string, Config, string, string, string?]>([
		['is later today', { at: '09:00' }, '2026-03-02T08:00:00Z', 'next 2026-03-02T09:00:00.000Z'],
		[
			'is now within its minute',
			{ at: '09:00' },
			'2026-03-02T09:00:59.999Z',
			'next 2026-03-02T09:00:59.999Z'
		],
		[
			'is tomorrow after its minute',
			{ at: '09:00' },
			'2026-03-02T09:01:00Z',
			'next 2026-03-03T09:00:00.000Z'
		],
		[
			'is on a day that is asked for',
			{ at: '09:00', days: [6, 7] },
			'2026-03-02T08:00:00Z',
			'next 2026-03-07T09:00:00.000Z'
		],
		[
			'is in the contact’s zone',
			{ at: '09:00' },
			'2026-03-07T15:00:00Z',
			'next 2026-03-08T13:00:00.000Z',
			NEW_YORK
		],
		[
			'that a clock change skips is an hour later',
			{ at: '02:30' },
			'2026-03-08T06:00:00Z',
			'next 2026-03-08T07:30:00.000Z',
			NEW_YORK
		],
		[
			'that comes twice is the first',
			{ at: '01:30' },
			'2026-11-01T04:00:00Z',
			'next 2026-11-01T05:30:00.000Z',
			NEW_YORK
		]
	])('%s', (_, config, now, wanted, zone) => expect(ends(config, now, { zone })).toBe(wanted));

	test('at a later visit is the first after the earlier was left', () => {
		const left = { leftAt: '2026-03-02T09:00:10Z' };
		expect(ends({ at: '09:00' }, '2026-03-02T09:00:10Z', left)).toBe('next 2026-03-03T09:00:00.000Z');
		expect(ends({ at: '09:00' }, '2026-03-03T09:00:20Z', left)).toBe('next 2026-03-03T09:00:20.000Z');
	});
});

describe('a window', () => {
	const day = { at: '09:00', until: '11:00' };
	const night = { at: '22:00', until: '02:00', days: [5] };
	test.each<[string, Config, string, string]>([
		['is waited for', day, '2026-03-02T08:00:00Z', 'next 2026-03-02T09:00:00.000Z'],
		['is open at its start', day, '2026-03-02T09:00:00Z', 'next 2026-03-02T09:00:00.000Z'],
		['is closed at its end', day, '2026-03-02T11:00:00Z', 'next 2026-03-03T09:00:00.000Z'],
		[
			'over midnight belongs to the day it starts on',
			night,
			'2026-03-07T01:59:00Z',
			'next 2026-03-07T01:59:00.000Z'
		],
		[
			'over midnight does not belong to the next day',
			night,
			'2026-03-06T01:59:00Z',
			'next 2026-03-06T22:00:00.000Z'
		],
		['of days is all of the day', { days: [3] }, '2026-03-04T23:59:00Z', 'next 2026-03-04T23:59:00.000Z'],
		['of days begins at midnight', { days: [3] }, '2026-03-05T00:00:00Z', 'next 2026-03-11T00:00:00.000Z']
	])('%s', (_, config, now, wanted) => expect(ends(config, now)).toBe(wanted));

	test('is open again at a later visit', () => {
		expect(ends(day, '2026-03-02T09:30:00Z', { leftAt: '2026-03-02T09:20:00Z' })).toBe(
			'next 2026-03-02T09:30:00.000Z'
		);
	});
});

describe('a date', () => {
	const noon = '2026-03-02T12:00:00Z';
	test.each<[string, Config, unknown, string]>([
		['is its midnight', { date: 'visit' }, '2026-03-05', 'next 2026-03-05T00:00:00.000Z'],
		['is at a time of day', { date: 'visit', at: '10:00' }, '2026-03-05', 'next 2026-03-05T10:00:00.000Z'],
		[
			'goes by its offset',
			{ date: 'visit', offset: '-P1D', at: '10:00' },
			'2026-03-05',
			'next 2026-03-04T10:00:00.000Z'
		],
		[
			'with an instant keeps its own time',
			{ date: 'visit', offset: '-PT2H' },
			'2026-03-05T16:30:00Z',
			'next 2026-03-05T14:30:00.000Z'
		],
		[
			'with an instant and a time of day is that day',
			{ date: 'visit', at: '10:00' },
			'2026-03-05T16:30:00Z',
			'next 2026-03-05T10:00:00.000Z'
		],
		[
			'that went by today lets on at once',
			{ date: 'visit' },
			'2026-03-02',
			`next ${new Date(noon).toISOString()}`
		],
		[
			'that went by before is past',
			{ date: 'visit', at: '23:00' },
			'2026-03-01',
			`past ${new Date(noon).toISOString()}`
		],
		['that is none is past', { date: 'visit' }, undefined, `past ${new Date(noon).toISOString()}`],
		['that is nonsense is past', { date: 'visit' }, '2026-02-30', `past ${new Date(noon).toISOString()}`]
	])('%s', (_, config, visit, wanted) => expect(ends(config, noon, { visit })).toBe(wanted));

	test('can come with the event', () => {
		expect(ends({ date: 'trigger.visit' }, noon, { trigger: '2026-03-05' })).toBe(
			'next 2026-03-05T00:00:00.000Z'
		);
	});

	test('of the wrong type is none', () => {
		const facts = {
			zone: 'UTC',
			attributes: { visit: '2026-03-05' },
			attributeTypes: { visit: 'datetime' as const },
			trigger: {}
		};
		expect(endOf({ date: 'visit' }, facts, Date.parse(noon)).outcome).toBe('past');
	});
});

test('only a time of day without a window or a date takes time at every visit', () => {
	expect([{ at: '09:00' }, { at: '09:00', days: [1] }].every(isTimeOfDay)).toBe(true);
	expect(
		[{ at: '09:00', until: '10:00' }, { date: 'visit', at: '09:00' }, { days: [1] }].some(isTimeOfDay)
	).toBe(false);
});
