import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance } from '../../advance.ts';
import type { Wake } from '../../enrollment.ts';
import type { Plan } from '../../plan.ts';
import {
	NOW,
	documentOf,
	entering,
	eventOf,
	started,
	workspace as fixture,
	worldOf
} from '../../support/fixtures.ts';
import { matchesTrigger } from '../../triggers.ts';
import type { World } from '../../world.ts';
import { parse } from '../1-parse.ts';
import { compile } from '../compile.ts';
import type { Workspace } from '../workspace.ts';
import { openAnalysis } from './analyse.ts';
import { decisionsOf } from './knowledge.ts';

type Config = Record<string, unknown>;
type StepInput = Parameters<typeof documentOf>[0][number];

/** With a segment that changes with an attribute and can't be written out. */
const workspace: Workspace = {
	...fixture,
	segments: [
		...(fixture.segments ?? []),
		{
			slug: 'elders',
			where: { any: [{ attribute: 'age', op: '>=', value: 2 }, { event: { name: 'never' } }] }
		}
	]
};

const few = fc.integer({ min: 0, max: 3 });
const order = fc.constantFrom('=', '!=', '<', '<=', '>', '>=');
const leaf: fc.Arbitrary<unknown> = fc.oneof(
	fc.record({ attribute: fc.constant('age'), op: order, value: few }),
	fc.record({ attribute: fc.constant('vip'), op: fc.constantFrom('=', '!='), value: fc.boolean() }),
	fc.record({
		attribute: fc.constant('city'),
		op: fc.constantFrom('in'),
		value: fc.subarray(['a', 'b', 'C'])
	}),
	fc.record({ attribute: fc.constantFrom('age', 'vip', 'city'), op: fc.constantFrom('exists', 'missing') }),
	fc.record({ trigger: fc.constant('n'), op: order, value: few }),
	fc.record({
		event: fc.record({ name: fc.constant('paid'), count: fc.record({ op: order, value: few }) })
	}),
	{
		weight: 6,
		arbitrary: fc.constantFrom<unknown>(
			{ message: { was: 'sent' } },
			{ consent: 'marketing' },
			{ segment: 'regulars' },
			{ segment: 'vips' },
			{ segment: 'active-regulars' },
			{ segment: 'elders' }
		)
	}
);

/** Conditions made of a few questions, so that they have to do with each other. */
function whereOf(leaves: unknown[]): fc.Arbitrary<unknown> {
	const one = fc.constantFrom(...leaves);
	return fc.oneof(
		{ weight: 4, arbitrary: one },
		{ weight: 3, arbitrary: fc.record({ not: one }) },
		fc.record({ all: fc.tuple(one, one) }),
		fc.record({ any: fc.tuple(one, fc.record({ not: one })) }),
		fc.record({ not: fc.record({ all: fc.tuple(one, one) }) })
	);
}

type DrawnStep = [kind: string, config: Config, outcomes: string[]];

const hello = { template: 'hello', purpose: 'operations' };
const changes = fc.constantFrom<DrawnStep>(
	['contact.update', { set: { vip: true } }, ['next']],
	['contact.update', { set: { age: 2, city: null } }, ['next']],
	['contact.update', { set: { city: '{{ trigger.city }}' } }, ['next']],
	['segment.add', { segment: 'regulars' }, ['next']],
	['segment.remove', { segment: 'regulars' }, ['next']],
	['send.email', hello, ['next']],
	['send.email', hello, ['next', 'failed']],
	['send.email', { ...hello, quietHours: { from: '00:00', to: '23:00' } }, ['next']],
	['wait.for', { duration: 'PT1H' }, ['next']],
	['wait.event', { event: 'paid', timeout: 'P1D' }, ['happened', 'timeout']],
	['webhook.call', { url: 'https://example.org', method: 'GET', save: 'city' }, ['next']]
);

function stepOf(where: fc.Arbitrary<unknown>): fc.Arbitrary<DrawnStep> {
	return fc.oneof(
		{
			weight: 4,
			arbitrary: where.map((each): DrawnStep => ['decide.if', { where: each }, ['yes', 'no']])
		},
		{
			weight: 2,
			arbitrary: fc.tuple(where, where).map(([one, two]): DrawnStep => {
				const branches = [
					{ id: 'one', where: one },
					{ id: 'two', where: two }
				];
				return ['decide.match', { branches }, ['one', 'two', 'else']];
			})
		},
		{ weight: 5, arbitrary: changes }
	);
}

const jumps = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 3, maxLength: 3 });

/** One outcome of each step leads to the next, others further on or nowhere; those of waits may lead back. */
const journey = fc
	.array(leaf, { minLength: 1, maxLength: 3 })
	.chain((leaves) => {
		const where = whereOf(leaves);
		const drawn = fc.array(fc.tuple(stepOf(where), jumps), { minLength: 4, maxLength: 14 });
		return fc.tuple(fc.option(where, { nil: undefined }), drawn);
	})
	.map(([entry, drawn]) => {
		const steps = drawn.map(([[kind, config]], index): StepInput => [`s${index}`, kind, config]);
		const ways = drawn.flatMap(([[kind, , outcomes], by], index) =>
			[...outcomes, 'repeat']
				.flatMap((outcome, place) => {
					const jump = by[place] ?? 0;
					const isBack = jump < -1 && kind.startsWith('wait.') && outcome !== 'repeat';
					const to = index + (isBack ? jump : place === 0 ? 1 : jump);
					return isBack || to > index ? [`s${index}.${outcome}>s${to}`] : [];
				})
				.filter((way) => drawn.some((_, there) => way.endsWith(`>s${there}`)))
		);
		const config = { event: 'go', ...(entry ? { where: entry } : {}) };
		const trigger: StepInput = ['e', 'trigger.transactional', config];
		return documentOf([trigger, ...steps], `e.next>s0 ${ways.join(' ')}`, { maxVisits: 2 });
	});

const attributes = fc
	.record({
		age: fc.option(fc.oneof(few, fc.constant('1')), { nil: undefined }),
		vip: fc.option(fc.boolean(), { nil: undefined }),
		city: fc.option(fc.constantFrom('a', 'B', 'c', 'd'), { nil: undefined })
	})
	.map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));

const world: fc.Arbitrary<World> = fc
	.record({ attributes, paid: few, isSent: fc.boolean(), isHeld: fc.boolean(), isKept: fc.boolean() })
	.map(({ attributes: known, paid, isSent, isHeld, isKept }) => {
		const events = Array.from({ length: paid }, (_, id) => eventOf(id + 1, 'paid', NOW - 1));
		const message = {
			step: 's0',
			sentAt: NOW - 1,
			deliveredAt: null,
			openedAt: null,
			clickedAt: null,
			bouncedAt: null
		};
		const messages = isSent ? [message] : [];
		return worldOf({
			attributes: known,
			events,
			messages,
			consents: isHeld
				? [{ kind: 'marketing', topic: null, grantedAt: 0, expiresAt: null, revokedAt: null }]
				: [],
			segments: {
				conditions: Object.fromEntries((workspace.segments ?? []).map((each) => [each.slug, each.where])),
				kept: isKept ? ['regulars'] : [],
				events,
				messages,
				zone: 'UTC'
			}
		});
	});

const wakes: Wake[] = [
	{ kind: 'due' },
	{ kind: 'event' },
	{ kind: 'handover', outcome: 'next', reason: null },
	{ kind: 'handover', outcome: 'failed', reason: null },
	{ kind: 'webhook', answer: { status: 200, body: 'b' } }
];

function payloadOf(n: unknown): Record<string, unknown> {
	return n === undefined ? {} : { n, city: 'a' };
}

/** Lets one contact pass, in another world after each wait, and lists the outcomes that it took. */
function passed(plan: Plan, n: unknown, worlds: World[], chosen: number[]): string[] {
	const taken: string[] = [];
	let state = entering(plan, payloadOf(n));
	let wake: Wake = { kind: 'start' };
	for (const [index, each] of worlds.entries()) {
		const now = NOW + index * 86_400_000;
		const next = advance(plan, state, wake, each, now);
		for (const visit of next.visits) if (visit.outcome !== null) taken.push(`${visit.step} ${visit.outcome}`);
		if (next.state !== 'waiting') break;
		const { step: at, arrivedAt, arrivals, visitCount } = next;
		state = { ...state, step: at, arrivedAt, arrivals, visitCount, standing: true };
		wake = wakes[(chosen[index] ?? 0) % wakes.length] ?? { kind: 'due' };
	}
	return taken;
}

test('an outcome that is said to be dead is taken by nobody', () => {
	let dead = 0;
	fc.assert(
		fc.property(
			journey,
			fc.array(
				fc.tuple(
					fc.option(few, { nil: undefined }),
					fc.array(world, { minLength: 4, maxLength: 8 }),
					fc.array(fc.nat(4), { minLength: 8, maxLength: 8 })
				),
				{ minLength: 10, maxLength: 10 }
			),
			(document, people) => {
				const { plan } = compile(document, workspace, 'test');
				const { draft } = parse(document);
				fc.pre(plan !== null && draft !== null);
				const [trigger] = plan.triggers;
				const said = new Set(
					decisionsOf(openAnalysis(draft, workspace, 'test', []), new Set()).flatMap((decided) =>
						[...decided.dead].map((outcome) => `${decided.step.id} ${outcome}`)
					)
				);
				dead += said.size;
				for (const [n, worlds, chosen] of people) {
					const event = eventOf(9, 'go', NOW, payloadOf(n));
					if (!trigger || !worlds[0] || !matchesTrigger(plan, trigger, event, worlds[0], event.occurredAt))
						continue;
					for (const each of passed(plan, n, worlds, chosen)) expect(said).not.toContain(each);
				}
			}
		),
		{ numRuns: 2_000 }
	);
	expect(dead).toBeGreaterThan(100);
});

describe('what was decided once, asked again after', () => {
	const send: StepInput = ['u', 'send.email', hello];
	const hook: StepInput = ['u', 'webhook.call', { url: 'https://example.org', method: 'GET' }];
	const set = (values: Config): StepInput => ['u', 'contact.update', { set: values }];
	const add: StepInput = ['u', 'segment.add', { segment: 'regulars' }];

	/** Whether a second decision by the same condition, behind `between`, goes one way only. */
	function isKnown(where: Config, between: StepInput, settings?: Config): boolean {
		const steps: StepInput[] = [['a', 'decide.if', { where }], between, ['b', 'decide.if', { where }]];
		const ways = 'e.next>a a.yes>u u.next>b';
		const { diagnostics } = compile(documentOf([started, ...steps], ways, settings), workspace, 'test');
		return diagnostics.some(({ code, step }) => code === 'step.dead-branch' && step === 'b');
	}

	test.each<[string, Config, StepInput, boolean]>([
		['an attribute after a message', { attribute: 'age', op: '>', value: 1 }, send, true],
		['an attribute after another was set', { attribute: 'age', op: '>', value: 1 }, set({ vip: true }), true],
		[
			'an attribute after it was set',
			{ attribute: 'city', op: '=', value: 'a' },
			set({ city: '{{ trigger.c }}' }),
			false
		],
		['an attribute after a call', { attribute: 'age', op: '>', value: 1 }, hook, false],
		['the entering event after a call', { trigger: 'n', op: '>', value: 1 }, hook, true],
		[
			'a date of the entering event after a call',
			{ trigger: 'n', op: 'withinNext', value: 'P1D' },
			hook,
			false
		],
		['a segment after what it reads was set', { segment: 'elders' }, set({ age: 1 }), false],
		['a segment after something else was set', { segment: 'elders' }, set({ vip: true }), true],
		['a segment after one it names was joined', { segment: 'active-regulars' }, add, false],
		['a segment after another was joined', { segment: 'elders' }, add, true],
		['a message after a message', { not: { message: { was: 'sent' } } }, send, false],
		['a segment of those written to after a message', { not: { segment: 'written-to' } }, send, false],
		['an event after a message', { event: { name: 'paid' } }, send, true]
	])('%s', (_, where, between, known) => expect(isKnown(where, between)).toBe(known));

	test('an attribute after a message that quiet hours may hold', () => {
		const where = { attribute: 'age', op: '>', value: 1 };
		const quietHours = { from: '21:00', to: '08:00' };
		expect(isKnown(where, send, { quietHours })).toBe(false);
		expect(isKnown(where, send, { quietHours: { ...quietHours, collision: 'skip' } })).toBe(true);
	});
});

test('so much is kept in mind and no more, however long the way', () => {
	const steps = Array.from({ length: 200 }, (_, index): StepInput => [
		`s${index}`,
		'decide.if',
		{ where: { trigger: `p${index}`, op: 'exists' } }
	]);
	const ways = steps.slice(1).map(([id], index) => `s${index}.yes>${id}`);
	const { draft } = parse(documentOf([started, ...steps], `e.next>s0 ${ways.join(' ')}`));
	const decided = draft ? decisionsOf(openAnalysis(draft, workspace, 'test', []), new Set()) : [];
	expect(Math.max(...decided.map(({ known }) => known.size))).toBe(64);
});
