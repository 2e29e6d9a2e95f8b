import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance } from '../../advance.ts';
import { subtractDuration } from '../../duration.ts';
import type { Wake } from '../../enrollment.ts';
import type { Plan } from '../../plan.ts';
import { authorized, documentOf, entering, started, workspace, worldOf } from '../../support/fixtures.ts';
import { DAY, HOUR, MINUTE, dayOf, toLocal } from '../../zone.ts';
import { compile } from '../compile.ts';

type Config = Record<string, unknown>;
type StepInput = Parameters<typeof documentOf>[0][number];

const ZONE = 'America/New_York';
const hello = { template: 'hello', purpose: 'operations' };

function volumeOf(steps: StepInput[], ways: string, settings?: Config) {
	return compile(documentOf([started, ...steps], ways, settings), workspace, 'test').volume;
}

describe('the most that one passage brings', () => {
	const mail = (id: string): StepInput => [id, 'send.email', hello];
	const text = (id: string): StepInput => [id, 'send.text', { template: 'nudge', purpose: 'operations' }];
	const wait = (id: string, duration: string): StepInput => [id, 'wait.for', { duration }];

	test('nothing, where nothing is sent', () => {
		const none = { messages: 0, steps: [] };
		expect(volumeOf([wait('w', 'P1D')], 'e.next>w')).toEqual({ day: none, month: none });
		expect(volumeOf([['s', 'send.email', hello, { disabled: true }]], 'e.next>s')).toEqual({
			day: none,
			month: none
		});
		expect(compile(7, workspace).volume).toBeNull();
	});

	test('emails and texts together, with the way', () => {
		const steps = [mail('a'), wait('w', 'P1D'), text('b'), mail('c'), wait('v', 'P29D'), mail('d')];
		expect(volumeOf(steps, 'e.next>a a.next>w w.next>b b.next>c c.next>v v.next>d')).toEqual({
			day: { messages: 2, steps: ['b', 'c'] },
			month: { messages: 3, steps: ['a', 'w', 'b', 'c'] }
		});
	});

	test('the fuller of two ways', () => {
		const decide: StepInput = ['d', 'decide.if', { where: { attribute: 'vip', op: 'exists' } }];
		const steps = [decide, mail('a'), mail('b'), mail('c'), mail('end')];
		const { day } = volumeOf(steps, 'e.next>d d.yes>a a.next>end d.no>b b.next>c c.next>end') ?? {};
		expect(day).toEqual({ messages: 3, steps: ['b', 'c', 'end'] });
	});

	test('a step as often as it may be visited', () => {
		const steps = [mail('a'), wait('w', 'PT1H')];
		const ways = 'e.next>a a.next>w w.next>a';
		expect(volumeOf(steps, ways)?.day.messages).toBe(1);
		expect(volumeOf(steps, ways, { maxVisits: 3 })?.day.messages).toBe(3);
		expect(volumeOf([mail('a'), wait('w', 'P7D')], ways, { maxVisits: 100 })?.month.messages).toBe(5);
	});

	test('never more than the visits that there are', () => {
		const ring = Array.from({ length: 30 }, (_, index) => mail(`s${index}`));
		const ways = ring.map(([id], index) => `${id}.next>s${(index + 1) % 30}`);
		const steps = [...ring, wait('w', 'P1D')];
		expect(volumeOf(steps, ['e.next>w w.next>s0', ...ways].join(' '), { maxVisits: 100 })?.day.messages).toBe(
			1_000
		);
		expect(volumeOf(steps, ['e.next>w w.next>s0', ...ways].join(' '), { maxVisits: 2 })?.day.messages).toBe(
			60
		);
	});

	test.each([
		['P1D', 1],
		['PT24H', 2],
		['PT25H', 2],
		['PT26H', 1],
		['P1DT1H', 1],
		['PT23H', 2]
	])('a wait of %s is %i a day', (duration, messages) => {
		const steps = [mail('a'), wait('w', duration), mail('b')];
		expect(volumeOf(steps, 'e.next>a a.next>w w.next>b')?.day.messages).toBe(messages);
	});

	test('a month of waiting may be twenty-eight days', () => {
		const steps = [mail('a'), wait('w', 'P1M'), mail('b')];
		expect(volumeOf(steps, 'e.next>a a.next>w w.next>b')?.month.messages).toBe(2);
	});
});

const duration = fc.constantFrom(
	'PT1H',
	'PT7H',
	'PT23H',
	'PT24H',
	'PT25H',
	'PT26H',
	'P1D',
	'P1DT1H',
	'P2D',
	'P1W',
	'P1M'
);
const kind = fc.oneof(
	{
		weight: 3,
		arbitrary: fc.constantFrom<[string, Config, string[]]>(
			['send.email', hello, ['next']],
			['send.text', { template: 'bargain', purpose: 'marketing' }, ['next', 'blocked']]
		)
	},
	{
		weight: 2,
		arbitrary: duration.map((each): [string, Config, string[]] => ['wait.for', { duration: each }, ['next']])
	},
	duration.map((each): [string, Config, string[]] => [
		'wait.event',
		{ event: 'paid', timeout: each },
		['happened', 'timeout']
	]),
	fc.constantFrom<[string, Config, string[]]>(['wait.until', { at: '09:00' }, ['next']]),
	fc
		.constantFrom('a', 'b', 'c')
		.map((path): [string, Config, string[]] => [
			'decide.if',
			{ where: { trigger: path, op: '=', value: true } },
			['yes', 'no']
		])
);

const journey = fc
	.record({
		drawn: fc.array(
			fc.tuple(kind, fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 2, maxLength: 2 })),
			{
				minLength: 3,
				maxLength: 12
			}
		),
		maxVisits: fc.integer({ min: 1, max: 4 })
	})
	.map(({ drawn, maxVisits }) => {
		const steps = drawn.map(([[each, config]], index): StepInput => [`s${index}`, each, config]);
		const ways = drawn.flatMap(([[each, , outcomes], by], index) =>
			outcomes.flatMap((outcome, place) => {
				const jump = by[place] ?? 1;
				const to = index + (each.startsWith('wait.') ? jump : Math.max(1, jump));
				return to >= 0 && to < drawn.length ? [`s${index}.${outcome}>s${to}`] : [];
			})
		);
		return documentOf([started, ...steps], `e.next>s0 ${ways.join(' ')}`, { maxVisits });
	});

interface Draw {
	zone: string;
	start: number;
	trigger: Record<string, boolean>;
	/** At each event wait: how much of the time goes by before the event, or all of it and no event. */
	parts: number[];
	/** How much later than due each wait ends. */
	late: number[];
}

/** Zones that change the clock by another hour, at midnight, by half an hour and by two, and the other way round. */
const ZONES = [
	ZONE,
	'America/Havana',
	'Atlantic/Azores',
	'Australia/Lord_Howe',
	'Antarctica/Troll',
	'America/Santiago'
];

const passage: fc.Arbitrary<Draw> = fc.record({
	zone: fc.constantFrom(...ZONES),
	start: fc
		.integer({ min: 0, max: 50 * 48 })
		.chain((halves) =>
			fc.constantFrom(Date.UTC(2026, 1, 20), Date.UTC(2026, 8, 15)).map((from) => from + halves * 30 * MINUTE)
		),
	late: fc.array(fc.constantFrom(0, 0, 20 * MINUTE, 3 * HOUR), { minLength: 40, maxLength: 40 }),
	trigger: fc.record({ a: fc.boolean(), b: fc.boolean(), c: fc.boolean() }),
	parts: fc.array(fc.constantFrom(0, 0.3, 1), { minLength: 40, maxLength: 40 })
});

/** When messages go out in one passage. */
function sendings(plan: Plan, { zone, start, trigger, parts, late }: Draw): number[] {
	const world = worldOf({ timezone: zone, consents: authorized });
	world.contact.phone = '+1555000100';
	const times: number[] = [];
	let state = entering(plan, trigger, start);
	let wake: Wake = { kind: 'start' };
	let now = start;
	for (const [index, part] of parts.entries()) {
		const next = advance(plan, state, wake, world, now);
		for (const effect of next.effects) {
			if (effect.kind === 'message' && effect.state === 'queued') times.push(now);
		}
		if (next.state !== 'waiting') break;
		const { step, arrivedAt, arrivals, visitCount, leftAt } = next;
		state = { ...state, step, arrivedAt, arrivals, visitCount, leftAt, standing: true };
		const end = next.dueAt ?? now;
		const comes = part < 1 && plan.steps[step]?.kind === 'wait.event';
		wake = comes ? { kind: 'event' } : { kind: 'due' };
		if (next.waitingFor === 'handover') wake = { kind: 'handover', outcome: 'next', reason: null };
		now = comes ? now + Math.floor((end - now) * part) : end + (late[index] ?? 0);
	}
	return times;
}

/** The day of the calendar that an instant falls on, as a number. */
function dayNumber(zone: string, instant: number): number {
	return dayOf(toLocal(zone, instant)) / DAY;
}

test('a passage never brings more than was promised, wherever and whenever the clock is changed', () => {
	let most = 0;
	fc.assert(
		fc.property(journey, fc.array(passage, { minLength: 10, maxLength: 10 }), (document, passages) => {
			const { plan } = compile(document, workspace, 'test');
			fc.pre(plan?.volume !== undefined);
			for (const each of passages) {
				const days = sendings(plan, each).map((time) => dayNumber(each.zone, time));
				for (const [length, promised] of [
					[1, plan.volume.day],
					[30, plan.volume.month]
				] as const) {
					for (const last of days) {
						const sent = days.filter((day) => day > last - length && day <= last).length;
						expect(sent).toBeLessThanOrEqual(promised.messages);
						most = Math.max(most, sent);
					}
				}
			}
		}),
		{ numRuns: 1_500 }
	);
	expect(most).toBeGreaterThan(5);
});

test('a day apart is another day, also in the hour that comes twice', () => {
	const steps: StepInput[] = [
		['a', 'send.email', hello],
		['w', 'wait.for', { duration: 'P1D' }],
		['b', 'send.email', hello]
	];
	const { plan } = compile(documentOf([started, ...steps], 'e.next>a a.next>w w.next>b'), workspace, 'test');
	expect(plan?.volume?.day.messages).toBe(1);
	if (!plan) return;
	// Half past one for the second time, on the first of November.
	const start = Date.parse('2026-11-01T06:30:00Z');
	const [first = 0, second = 0] = sendings(plan, { zone: ZONE, start, trigger: {}, late: [], parts: [1, 1] });
	expect([first, second].map((time) => new Date(time).toISOString())).toEqual([
		'2026-11-01T06:30:00.000Z',
		'2026-11-02T06:30:00.000Z'
	]);
	expect(dayNumber(ZONE, second) - dayNumber(ZONE, first)).toBe(1);
	// Counted back from the second, a P1D ends at the first half past one: that window is no day.
	expect(subtractDuration(second, 'P1D', ZONE)).toBeLessThan(first);
});
