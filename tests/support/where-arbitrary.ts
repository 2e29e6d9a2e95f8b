/** Random conditions, and people with everything that conditions look at. */
import fc from 'fast-check';
import type { Where } from '../../src/lib/journey/index.ts';
import type { SqlContext } from '../../src/lib/journey/where/sql/where-to-sql.ts';

import { DAY, durations, mostly, testOf, TYPES, valuesBy, words, type Values } from './where-values.ts';

/** Nows that hurt: around clock changes of every zone below, on a leap day, at the ends of months and of the year. */
export const NOWS = [
	'2026-03-08T06:30:00.123Z',
	'2026-03-08T07:00:00Z',
	'2026-11-01T05:30:00Z',
	'2026-11-01T06:30:00Z',
	'2026-04-04T15:00:00Z',
	'2026-10-03T15:29:59.999Z',
	'2026-02-28T23:59:59.999Z',
	'2028-02-29T12:00:00Z',
	'2026-12-31T23:30:00Z',
	'2026-01-31T00:00:00Z',
	'2025-03-30T02:00:00Z',
	'2011-12-30T10:00:00Z'
].map((text) => Date.parse(text));

/** The last two are names that a server's own zone tables would take for something else, or only know in other letters. */
export const ZONES = [
	'UTC',
	'America/New_York',
	'Asia/Kolkata',
	'Australia/Lord_Howe',
	'Africa/Casablanca',
	'Pacific/Apia',
	'America/St_Johns',
	'Europe/Dublin',
	'CET',
	'america/los_angeles'
];

const EVENTS = ['order', 'visit.completed', 'email.opened'];
const STEPS = ['s', 't'];
const PATHS = ['n', 'a.b', 'deep.in.side', 'list.0', 'list.length', '__proto__', '.', 'missing'];

const attributeLeaf = ({ of, any, dates }: Values) =>
	fc.constantFrom(...Object.keys(TYPES), 'undeclared', 'constructor').chain((attribute) => {
		const type = Object.hasOwn(TYPES, attribute) ? TYPES[attribute] : undefined;
		const value = type ? fc.oneof({ weight: 3, arbitrary: of[type] }, any) : any;
		return testOf(value, dates).map((test) => ({ attribute, ...test }));
	});
const eventLeaf = ({ any, dates }: Values) =>
	fc
		.record(
			{
				name: fc.constantFrom(...EVENTS),
				where: fc.array(
					fc
						.constantFrom(...PATHS)
						.chain((property) => testOf(any, dates).map((test) => ({ property, ...test }))),
					{ maxLength: 2 }
				),
				within: durations,
				count: fc.record({ op: fc.constantFrom('=', '!=', '<', '<=', '>', '>='), value: fc.nat(3) })
			},
			{ requiredKeys: ['name'] }
		)
		.map((event) => ({ event }));
const messageLeaf = fc
	.record(
		{
			step: fc.constantFrom(...STEPS),
			was: fc.constantFrom('sent', 'delivered', 'opened', 'clicked', 'bounced', 'ignored'),
			link: fc.constantFrom('https://clinic.test/a', 'https://clinic.test/b'),
			within: durations
		},
		{ requiredKeys: ['was'] }
	)
	.map((message) => ({ message }));
const otherLeaf = ({ dates }: Values) =>
	fc.oneof(
		fc.constantFrom('high', 'nested', 'daily', 'circle', 'kept', 'nowhere').map((segment) => ({ segment })),
		fc.record(
			{ consent: fc.constantFrom('marketing', 'email', 'text'), topic: fc.constantFrom('news', 'offers') },
			{ requiredKeys: ['consent'] }
		),
		testOf(words, dates).map((test) => ({ trigger: 'x', ...test }))
	);

function whereArb(values: Values): fc.Arbitrary<Where> {
	return fc.letrec<{ where: unknown }>((tie) => ({
		where: fc.oneof(
			{ maxDepth: 3 },
			{ weight: 5, arbitrary: attributeLeaf(values) },
			{ weight: 2, arbitrary: eventLeaf(values) },
			{ weight: 2, arbitrary: messageLeaf },
			{ weight: 2, arbitrary: otherLeaf(values) },
			{ weight: 1, arbitrary: fc.record({ all: fc.array(tie('where'), { maxLength: 3 }) }) },
			{ weight: 1, arbitrary: fc.record({ any: fc.array(tie('where'), { maxLength: 3 }) }) },
			{ weight: 1, arbitrary: fc.record({ not: tie('where') }) }
		)
	})).where as fc.Arbitrary<Where>;
}

const SEGMENTS: Record<string, Where | null> = {
	high: { attribute: 'size', op: '>', value: 1 },
	nested: { all: [{ not: { segment: 'high' } }, { event: { name: 'order', within: 'P7D' } }] },
	daily: {
		any: [
			{ attribute: 'day', op: 'withinNext', value: 'PT1H' },
			{ message: { was: 'opened', within: 'P1M' } }
		]
	},
	circle: { any: [{ not: { segment: 'circle' } }, { segment: 'high' }] },
	kept: null
};

const nearBy = (now: number) =>
	fc
		.tuple(fc.integer({ min: -60 * 24, max: 3 * 24 }), fc.constantFrom(0, 0, 1, -1))
		.map(([hours, ms]) => now + hours * 3_600_000 + ms);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

export interface DrawnPerson {
	timezone: string | null;
	attributes: Record<string, unknown>;
	events: { name: string; occurredAt: number; properties: Record<string, unknown> }[];
	messages: {
		step: string;
		sentAt: number | null;
		openedAt: number | null;
		clickedAt: number | null;
		bouncedAt: number | null;
		link: number | null;
	}[];
	consents: {
		kind: 'marketing' | 'email' | 'text';
		topic: string | null;
		grantedAt: number;
		expiresAt: number | null;
		revokedAt: number | null;
	}[];
	kept: boolean;
}

function personArb(now: number, { of, any }: Values): fc.Arbitrary<DrawnPerson> {
	const near = nearBy(now);
	return fc.record({
		timezone: maybe(fc.constantFrom(...ZONES, 'Nowhere/At_All', '', '+02:00')),
		attributes: fc.record(
			{
				word: mostly(of.text),
				size: mostly(of.number),
				flag: mostly(of.boolean),
				day: mostly(of.date),
				moment: mostly(of.datetime),
				tags: mostly(of.list),
				undeclared: any,
				constructor: any
			},
			{ requiredKeys: [] }
		),
		events: fc.array(
			fc.record({
				name: fc.constantFrom(...EVENTS),
				occurredAt: near,
				properties: fc.record(
					{
						n: any,
						'a.b': maybe(any),
						a: fc.constantFrom<unknown>({ b: 1 }, { b: 'A' }, [1]),
						deep: fc.constantFrom<unknown>({ in: { side: 'École' } }, { in: [] }, 3),
						list: fc.constant(['x']),
						machine: fc.constantFrom<unknown>(true, false, 'true', null)
					},
					{ requiredKeys: [] }
				)
			}),
			{ maxLength: 4 }
		),
		messages: fc.array(
			fc.record({
				step: fc.constantFrom(...STEPS),
				sentAt: maybe(near),
				openedAt: maybe(near),
				clickedAt: maybe(near),
				bouncedAt: maybe(near),
				link: maybe(fc.nat(1))
			}),
			{ maxLength: 3 }
		),
		consents: fc.array(
			fc.record({
				kind: fc.constantFrom('marketing' as const, 'email' as const, 'text' as const),
				topic: maybe(fc.constantFrom('news', 'offers')),
				grantedAt: near,
				expiresAt: maybe(fc.oneof(near, fc.constant(now), fc.constant(now + DAY))),
				revokedAt: maybe(near)
			}),
			{ maxLength: 2 }
		),
		kept: fc.boolean()
	});
}

export interface Scene {
	context: SqlContext;
	people: DrawnPerson[];
	conditions: Where[];
}

/** People, what to ask of them, and when. */
export function sceneArb(people: number, conditions: number): fc.Arbitrary<Scene> {
	return fc.constantFrom(...NOWS).chain((now) => {
		const values = valuesBy(now);
		return fc.record({
			context: fc
				.constantFrom(undefined, 'Asia/Kathmandu')
				.map((journeyTimezone) => contextOf(now, { journeyTimezone })),
			people: fc.array(personArb(now, values), { minLength: people, maxLength: people }),
			conditions: fc.array(whereArb(values), { minLength: conditions, maxLength: conditions })
		});
	});
}

/** The workspace of these tests at an instant. */
export function contextOf(now: number, more: Partial<SqlContext> = {}): SqlContext {
	return {
		now,
		attributeTypes: TYPES,
		segments: SEGMENTS,
		workspaceTimezone: 'America/New_York',
		zones: ZONES,
		...more
	};
}
