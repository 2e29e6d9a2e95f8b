import { describe, expect, test } from 'vitest';
import { afterEvent } from './leaving.ts';
import { matchesWait } from './waits.ts';
import { nextOccurrence } from './occurrence.ts';
import { quietUntil } from './quiet-hours.ts';
import { NOW, eventOf, planOf, started, worldOf } from './support/fixtures.ts';
import { entryKey, isInAudience, matchesTrigger } from './triggers.ts';
import { DAY, HOUR } from './zone.ts';

function triggerOf(kind: string, config: Record<string, unknown>, more: Record<string, unknown> = {}) {
	const plan = planOf([['t', kind, config, more]], '');
	const trigger = plan.triggers[0];
	if (!trigger) throw new Error('The plan has no trigger.');
	return { plan, trigger };
}

describe('who enters', () => {
	test.each<[string, string, Record<string, unknown>, string, Record<string, unknown>, boolean]>([
		['a business event by name', 'trigger.transactional', { event: 'go' }, 'go', {}, true],
		['another event', 'trigger.transactional', { event: 'go' }, 'stop', {}, false],
		[
			'the incoming event’s properties',
			'trigger.transactional',
			{ event: 'go', where: { trigger: 'total', op: '>', value: 10 } },
			'go',
			{ total: 11 },
			true
		],
		[
			'not those below',
			'trigger.transactional',
			{ event: 'go', where: { trigger: 'total', op: '>', value: 10 } },
			'go',
			{ total: 10 },
			false
		],
		['an API call', 'trigger.api', { name: 'lab' }, 'api.lab', {}, true],
		['an event that only sounds like it', 'trigger.api', { name: 'lab' }, 'lab', {}, false],
		['an open', 'trigger.behavior', { event: 'email.opened' }, 'email.opened', {}, true],
		[
			'a machine’s open',
			'trigger.behavior',
			{ event: 'email.opened' },
			'email.opened',
			{ machine: true },
			false
		],
		[
			'of that journey’s step',
			'trigger.behavior',
			{ event: 'email.opened', journey: 'welcome', step: 's' },
			'email.opened',
			{ journey: 'welcome', step: 's' },
			true
		],
		[
			'of another step',
			'trigger.behavior',
			{ event: 'email.opened', journey: 'welcome', step: 's' },
			'email.opened',
			{ journey: 'welcome', step: 'u' },
			false
		],
		[
			'ignored that long',
			'trigger.behavior',
			{ event: 'email.ignored', for: 'P3D' },
			'email.ignored',
			{ for: 'P3D' },
			true
		],
		[
			'ignored another time',
			'trigger.behavior',
			{ event: 'email.ignored', for: 'P3D' },
			'email.ignored',
			{ for: 'P7D' },
			false
		]
	])('%s', (_, kind, config, name, properties, wanted) => {
		const { plan, trigger } = triggerOf(kind, config);
		expect(matchesTrigger(plan, trigger, eventOf(1, name, NOW, properties), worldOf(), NOW)).toBe(wanted);
	});

	test('nobody by a trigger that is turned off, nor by time through an event', () => {
		const off = triggerOf('trigger.transactional', { event: 'go' }, { disabled: true });
		expect(matchesTrigger(off.plan, off.trigger, eventOf(1, 'go', NOW), worldOf(), NOW)).toBe(false);
		const time = triggerOf('trigger.time', {
			date: 'birthday',
			offset: 'P0D',
			at: '09:00',
			repeat: 'once',
			audience: { attribute: 'vip', op: '=', value: true }
		});
		expect(matchesTrigger(time.plan, time.trigger, eventOf(1, 'go', NOW), worldOf(), NOW)).toBe(false);
		expect(isInAudience(time.plan, time.trigger, worldOf({ attributes: { vip: true } }), NOW)).toBe(true);
		expect(isInAudience(time.plan, time.trigger, worldOf(), NOW)).toBe(false);
	});

	test.each([
		[{ order: 'a1' }, { key: 'a1' }],
		[{ order: 7 }, { key: '7' }],
		[{ order: null }, 'missing'],
		[{ order: {} }, 'missing'],
		[{}, 'missing']
	])('the key of %j', (properties, wanted) => {
		const { trigger } = triggerOf('trigger.transactional', { event: 'go', key: 'order' });
		expect(entryKey(trigger, { properties })).toEqual(wanted);
	});

	test('a trigger without a key asks for none', () => {
		expect(
			entryKey(triggerOf('trigger.transactional', { event: 'go' }).trigger, { properties: {} })
		).toBeNull();
	});
});

describe('occurrences', () => {
	const yearly = { date: 'birthday', offset: 'P0D', at: '09:00', repeat: 'yearly' as const };
	const iso = (config: object, value: unknown, zone: string, now: string) => {
		const next = nextOccurrence({ ...yearly, ...config }, value, zone, Date.parse(now));
		return next && `${next.occurrence} ${new Date(next.at).toISOString()}`;
	};
	test.each<[string, object, unknown, string, string, string | null]>([
		[
			'29 February in other years',
			{},
			'1960-02-29',
			'UTC',
			'2026-02-01T12:00:00Z',
			'2026-02-28 2026-02-28T09:00:00.000Z'
		],
		[
			'29 February in its own',
			{},
			'1960-02-29',
			'UTC',
			'2027-03-01T12:00:00Z',
			'2028-02-29 2028-02-29T09:00:00.000Z'
		],
		[
			'at the local time',
			{},
			'1980-03-01',
			'America/New_York',
			'2026-02-01T12:00:00Z',
			'2026-03-01 2026-03-01T14:00:00.000Z'
		],
		[
			'that very instant counts',
			{},
			'1980-03-01',
			'UTC',
			'2026-03-01T09:00:00Z',
			'2026-03-01 2026-03-01T09:00:00.000Z'
		],
		[
			'a moment later is next year’s',
			{},
			'1980-03-01',
			'UTC',
			'2026-03-01T09:00:00.001Z',
			'2027-03-01 2027-03-01T09:00:00.000Z'
		],
		[
			'before the date, over the new year',
			{ offset: '-P10D' },
			'1980-01-05',
			'UTC',
			'2026-12-20T00:00:00Z',
			'2027-01-05 2026-12-26T09:00:00.000Z'
		],
		[
			'long after the date',
			{ offset: 'P3Y' },
			'2020-05-01',
			'UTC',
			'2026-01-01T00:00:00Z',
			'2023-05-01 2026-05-01T09:00:00.000Z'
		],
		[
			'nothing before the date itself',
			{},
			'2030-05-01',
			'UTC',
			'2026-01-01T00:00:00Z',
			'2030-05-01 2030-05-01T09:00:00.000Z'
		],
		[
			'once, ahead',
			{ repeat: 'once', offset: 'P3D' },
			'2026-03-01',
			'UTC',
			'2026-03-02T00:00:00Z',
			'2026-03-01 2026-03-04T09:00:00.000Z'
		],
		['once, gone', { repeat: 'once' }, '2026-03-01', 'UTC', '2026-03-02T00:00:00Z', null],
		[
			'an instant counts on its local day',
			{ repeat: 'once' },
			'2026-03-02T02:00:00Z',
			'America/New_York',
			'2026-02-01T00:00:00Z',
			'2026-03-01 2026-03-01T14:00:00.000Z'
		],
		['no date', {}, 'soon', 'UTC', '2026-01-01T00:00:00Z', null],
		['nothing at all', {}, undefined, 'UTC', '2026-01-01T00:00:00Z', null]
	])('%s', (_, config, value, zone, now, wanted) => expect(iso(config, value, zone, now)).toBe(wanted));
});

describe('open waits', () => {
	const plan = planOf(
		[
			started,
			[
				'w',
				'wait.event',
				{
					event: 'booked',
					same: 'visit',
					match: [{ property: 'status', op: '=', value: 'CANCELLED' }],
					timeout: 'P1D'
				}
			]
		],
		'e.next>w'
	);
	const wait = { trigger: { visit: 'a1' }, arrivedAt: NOW, afterEventId: 5, dueAt: NOW + DAY };
	const matching = { visit: 'a1', status: 'cancelled' };
	test.each<[string, ReturnType<typeof eventOf>, boolean]>([
		['the one waited for', eventOf(6, 'booked', NOW + HOUR, matching), true],
		['another visit', eventOf(6, 'booked', NOW + HOUR, { ...matching, visit: 'a2' }), false],
		['another status', eventOf(6, 'booked', NOW + HOUR, { ...matching, status: 'BOOKED' }), false],
		['another event', eventOf(6, 'paid', NOW + HOUR, matching), false],
		['before the arrival', eventOf(6, 'booked', NOW - 1, matching), false],
		['at the arrival, and after the event that brought it here', eventOf(6, 'booked', NOW, matching), true],
		['the event that brought it here', eventOf(5, 'booked', NOW, matching), false],
		['at the moment of the time-out', eventOf(6, 'booked', NOW + DAY, matching), true],
		['after the time-out', eventOf(6, 'booked', NOW + DAY + 1, matching), false]
	])('%s', (_, event, wanted) => expect(matchesWait(plan, 'w', event, wait)).toBe(wanted));

	test('the same of nothing is nothing', () => {
		expect(
			matchesWait(plan, 'w', eventOf(6, 'booked', NOW + HOUR, { status: 'cancelled' }), {
				...wait,
				trigger: {}
			})
		).toBe(false);
	});
});

describe('exit rule and goal at an event', () => {
	const plan = planOf([started], '', {
		exitWhen: { event: { name: 'cancelled' } },
		goal: { any: [{ event: { name: 'done' } }, { event: { name: 'cancelled' } }] }
	});
	const entry = { enteredAt: NOW, trigger: {}, entryEventId: 5 };
	const at = (id: number, name: string, occurredAt: number) =>
		afterEvent(plan, eventOf(id, name, occurredAt), worldOf(), entry, NOW + HOUR);
	test('exit comes before goal', () => expect(at(6, 'cancelled', NOW + 1)).toEqual({ state: 'exited' }));
	test('the goal converts', () => expect(at(6, 'done', NOW + 1)).toEqual({ state: 'converted' }));
	test('at the instant of the entry, only what arrived after it', () => {
		expect(at(6, 'done', NOW)).toEqual({ state: 'converted' });
		expect(at(4, 'done', NOW)).toBeNull();
	});
	test('what occurred before the entry means nothing', () => expect(at(6, 'cancelled', NOW - 1)).toBeNull());
});

describe('quiet hours', () => {
	const local = (text: string) => Date.parse(`${text}Z`);
	test.each<[string, object, string, string, string | null]>([
		['in the evening', {}, '2026-03-02T22:00', 'UTC', '2026-03-03T08:00:00.000Z'],
		['after midnight', {}, '2026-03-03T03:00', 'UTC', '2026-03-03T08:00:00.000Z'],
		['their start counts', {}, '2026-03-02T21:00', 'UTC', '2026-03-03T08:00:00.000Z'],
		['their end does not', {}, '2026-03-03T08:00', 'UTC', null],
		['by day', {}, '2026-03-02T12:00', 'UTC', null],
		[
			'a night belongs to the day it starts on',
			{ days: [1] },
			'2026-03-03T03:00',
			'UTC',
			'2026-03-03T08:00:00.000Z'
		],
		['and not to the next', { days: [1] }, '2026-03-04T03:00', 'UTC', null],
		['in the contact’s zone', {}, '2026-03-03T03:30', 'America/Chicago', '2026-03-03T14:00:00.000Z'],
		[
			'an end that does not exist moves on',
			{ from: '01:00', to: '02:30' },
			'2026-03-08T06:30',
			'America/New_York',
			'2026-03-08T07:30:00.000Z'
		]
	])('%s', (_, more, now, zone, wanted) => {
		const until = quietUntil({ from: '21:00', to: '08:00', ...more }, local(`${now}:00`), zone);
		expect(until && new Date(until).toISOString()).toBe(wanted);
	});
});
