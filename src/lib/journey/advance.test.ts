import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance } from './advance.ts';
import type { Advance, EnrollmentState, Wake } from './enrollment.ts';
import type { Plan } from './plan.ts';
import { compile } from './compile/compile.ts';
import {
	NOW,
	authorized,
	documentOf,
	entering,
	eventOf,
	planOf,
	started,
	workspace,
	worldOf
} from './support/fixtures.ts';
import type { World } from './world.ts';
import { DAY, HOUR } from './zone.ts';

const hello = (id: string, more: object = {}): [string, string, Record<string, unknown>] => [
	id,
	'send.email',
	{ template: 'hello', purpose: 'operations', ...more }
];
const offer = (id: string, more: object = {}): [string, string, Record<string, unknown>] => [
	id,
	'send.email',
	{ template: 'offer', purpose: 'marketing', ...more }
];
const wait = (id: string, duration = 'P1D'): [string, string, Record<string, unknown>] => [
	id,
	'wait.for',
	{ duration }
];
const exit = (id = 'x', reason?: string): [string, string, Record<string, unknown>] => [
	id,
	'exit',
	reason ? { reason } : {}
];

const start = (plan: Plan, world: World = worldOf(), trigger = {}) =>
	advance(plan, entering(plan, trigger), { kind: 'start' }, world, NOW);

/** The state that the shell would have written. */
function after(before: EnrollmentState, done: Advance): EnrollmentState {
	const { step, arrivedAt, arrivals, visitCount } = done;
	return { ...before, step, arrivedAt, arrivals, visitCount, standing: true };
}

function goOn(plan: Plan, done: Advance, wake: Wake, world: World, now: number, trigger = {}): Advance {
	return advance(plan, after(entering(plan, trigger), done), wake, world, now);
}

const wayOf = (done: Advance) => done.visits.map(({ step, outcome }) => `${step}:${outcome ?? ''}`).join(' ');

test('an enrollment runs through to its first wait', () => {
	const plan = planOf([started, hello('s'), wait('w', 'P2D'), exit()], 'e.next>s s.next>w w.next>x');
	const done = start(plan);
	expect(done).toMatchObject({
		state: 'waiting',
		step: 'w',
		waitingFor: 'time',
		dueAt: NOW + 2 * DAY,
		visitCount: 3,
		reason: null
	});
	expect(wayOf(done)).toBe('e:next s:next w:');
	expect(done.effects).toEqual([
		{
			kind: 'message',
			channel: 'email',
			step: 's',
			arrival: 1,
			template: 'hello',
			purpose: 'operations',
			marketing: false,
			topic: null,
			state: 'queued',
			reason: null,
			security: 'auto'
		}
	]);
	const next = goOn(plan, done, { kind: 'due' }, worldOf(), NOW + 2 * DAY);
	expect(next).toMatchObject({ state: 'exited', reason: null, step: 'x', waitingFor: null, dueAt: null });
	expect(next.visits).toEqual([
		{ step: 'w', at: NOW, outcome: 'next', reason: null, continues: true },
		{ step: 'x', at: NOW + 2 * DAY, outcome: null, reason: null }
	]);
});

test('an outcome without an edge completes the enrollment there', () => {
	expect(start(planOf([started], ''))).toMatchObject({ state: 'completed', step: 'e', reason: null });
});

test('an exit gives its reason', () => {
	expect(start(planOf([started, exit('x', 'done')], 'e.next>x'))).toMatchObject({
		state: 'exited',
		reason: 'done',
		step: 'x'
	});
});

test('a decision goes by the world at the visit and keeps what it read', () => {
	const plan = planOf(
		[started, ['d', 'decide.if', { where: { attribute: 'age', op: '>', value: 65 } }], exit('y'), exit('n')],
		'e.next>d d.yes>y d.no>n'
	);
	const done = start(plan, worldOf({ attributes: { age: 70 } }));
	expect(wayOf(done)).toBe('e:next d:yes y:');
	expect(done.visits[1]?.reads).toEqual([{ what: 'attribute:age', value: 70, holds: true, phi: true }]);
	expect(wayOf(start(plan))).toBe('e:next d:no n:');
});

test('a step that is turned off is passed and does nothing', () => {
	const plan = planOf(
		[started, [...hello('s'), { disabled: true }], [...wait('w'), { disabled: true }]],
		'e.next>s s.next>w'
	);
	const done = start(plan);
	expect(wayOf(done)).toBe('e:next s:next w:next');
	expect(done.effects).toEqual([]);
});

describe('waiting for an event', () => {
	const plan = planOf(
		[started, ['w', 'wait.event', { event: 'paid', same: 'order', timeout: 'P1D' }], exit('y'), exit('n')],
		'e.next>w w.happened>y w.timeout>n'
	);
	const done = start(plan, worldOf(), { order: 'a' });

	test('asks the shell to watch for it', () => {
		expect(done).toMatchObject({ state: 'waiting', waitingFor: 'event', dueAt: NOW + DAY });
		expect(done.effects).toEqual([{ kind: 'eventWait', step: 'w', event: 'paid' }]);
	});

	test('goes on when it happened, and when the time is up', () => {
		expect(wayOf(goOn(plan, done, { kind: 'event' }, worldOf(), NOW + HOUR))).toBe('w:happened y:');
		expect(wayOf(goOn(plan, done, { kind: 'due' }, worldOf(), NOW + DAY))).toBe('w:timeout n:');
	});

	test('an event at the very moment of the time-out has happened', () => {
		const inTime = worldOf({ events: [eventOf(1, 'paid', NOW + DAY, { order: 'A' })] });
		const late = worldOf({ events: [eventOf(1, 'paid', NOW + DAY + 1, { order: 'a' })] });
		const other = worldOf({ events: [eventOf(1, 'paid', NOW + HOUR, { order: 'b' })] });
		expect(wayOf(goOn(plan, done, { kind: 'due' }, inTime, NOW + DAY + HOUR, { order: 'a' }))).toBe(
			'w:happened y:'
		);
		expect(wayOf(goOn(plan, done, { kind: 'due' }, late, NOW + DAY + HOUR, { order: 'a' }))).toBe(
			'w:timeout n:'
		);
		expect(wayOf(goOn(plan, done, { kind: 'due' }, other, NOW + DAY + HOUR, { order: 'a' }))).toBe(
			'w:timeout n:'
		);
	});
});

describe('sending', () => {
	test('what is blocked is told and goes on', () => {
		const plan = planOf([started, offer('s'), hello('t')], 'e.next>s s.next>t');
		const done = start(plan);
		expect(done.visits).toMatchObject([
			{ step: 'e' },
			{ step: 's', outcome: 'blocked', reason: 'no-authorization' },
			{ step: 't', outcome: 'next' }
		]);
		expect(done.effects).toMatchObject([
			{ step: 's', state: 'blocked', reason: 'no-authorization', marketing: true },
			{ step: 't', state: 'queued' }
		]);
	});

	test('blocked takes its own edge', () => {
		const plan = planOf(
			[started, offer('s'), exit('b', 'may-not'), exit('x')],
			'e.next>s s.blocked>b s.next>x'
		);
		expect(start(plan)).toMatchObject({ state: 'exited', reason: 'may-not' });
		expect(start(plan, worldOf({ consents: authorized }))).toMatchObject({
			state: 'waiting',
			waitingFor: 'handover'
		});
	});

	test('an edge on failed holds the contact until the hand-over', () => {
		const plan = planOf(
			[started, hello('s'), exit('f', 'failed'), exit('x', 'sent')],
			'e.next>s s.failed>f s.next>x'
		);
		const done = start(plan);
		expect(done).toMatchObject({ state: 'waiting', waitingFor: 'handover', dueAt: null });
		const told = (outcome: 'next' | 'failed' | 'blocked') =>
			goOn(
				plan,
				done,
				{ kind: 'handover', outcome, reason: outcome === 'blocked' ? 'unsubscribed' : null },
				worldOf(),
				NOW
			);
		expect(told('next')).toMatchObject({ reason: 'sent' });
		expect(told('failed')).toMatchObject({ reason: 'failed' });
		expect(told('blocked')).toMatchObject({
			reason: 'sent',
			visits: [{ outcome: 'blocked', reason: 'unsubscribed' }, {}]
		});
		expect(told('next').effects).toEqual([]);
	});

	test('quiet hours hold the contact at the step, and drop where told to', () => {
		const quietHours = { from: '21:00', to: '08:00' };
		const night = Date.UTC(2026, 2, 3, 3, 30);
		const chicago = worldOf({ timezone: 'America/Chicago' });
		const held = planOf([started, hello('s'), wait('w', 'PT1H')], 'e.next>s s.next>w', { quietHours });
		const done = advance(held, entering(held, {}, night), { kind: 'start' }, chicago, night);
		expect(done).toMatchObject({
			state: 'waiting',
			step: 's',
			waitingFor: 'time',
			dueAt: Date.UTC(2026, 2, 3, 14),
			effects: []
		});
		const morning = goOn(held, done, { kind: 'due' }, chicago, Date.UTC(2026, 2, 3, 14));
		expect(morning).toMatchObject({
			step: 'w',
			dueAt: Date.UTC(2026, 2, 3, 15),
			effects: [{ step: 's', arrival: 1, state: 'queued' }]
		});
		const drops = planOf(
			[started, hello('s', { quietHours: { ...quietHours, collision: 'skip' } })],
			'e.next>s',
			{ quietHours }
		);
		const dropped = advance(drops, entering(drops, {}, night), { kind: 'start' }, chicago, night);
		expect(dropped.effects).toMatchObject([{ state: 'blocked', reason: 'quiet-hours' }]);
	});

	test('what may not be sent anyway is not held', () => {
		const plan = planOf([started, offer('s')], 'e.next>s', { quietHours: { from: '00:00', to: '23:59' } });
		expect(start(plan).effects).toMatchObject([{ state: 'blocked', reason: 'no-authorization' }]);
	});

	test('messages of one run count toward the cap', () => {
		const plan = planOf(
			[started, offer('a'), offer('b'), offer('c', { ignoreCap: true }), hello('d')],
			'e.next>a a.next>b b.next>c c.next>d',
			{
				frequencyCap: { messages: 1, per: 'P7D' }
			}
		);
		const states = start(plan, worldOf({ consents: authorized })).effects.map(
			(effect) => effect.kind === 'message' && (effect.reason ?? effect.state)
		);
		expect(states).toEqual(['queued', 'frequency-cap', 'queued', 'queued']);
	});

	test('exit rule and goal end the enrollment before a send', () => {
		const settings = {
			exitWhen: { event: { name: 'cancelled' } },
			goal: { event: { name: 'done' }, within: 'P2D' }
		};
		const plan = planOf([started, wait('w'), hello('s')], 'e.next>w w.next>s', settings);
		const done = start(plan);
		const at = (event: ReturnType<typeof eventOf>, now = NOW + DAY) =>
			goOn(plan, done, { kind: 'due' }, worldOf({ events: [event] }), now);
		expect(at(eventOf(9, 'cancelled', NOW + HOUR))).toMatchObject({
			state: 'exited',
			step: 's',
			effects: [],
			visits: [{ outcome: 'next' }, { step: 's', outcome: null }]
		});
		expect(at(eventOf(9, 'cancelled', NOW - HOUR))).toMatchObject({ state: 'completed' });
		expect(at(eventOf(9, 'done', NOW + HOUR))).toMatchObject({ state: 'converted' });
		expect(at(eventOf(9, 'done', NOW + 2 * DAY), NOW + 3 * DAY)).toMatchObject({ state: 'converted' });
		expect(at(eventOf(9, 'done', NOW + 2 * DAY + 1), NOW + 3 * DAY)).toMatchObject({ state: 'completed' });
	});
});

describe('the loop guard', () => {
	const loop = (settings: object, more = '') =>
		planOf(
			[started, hello('s'), wait('w', 'P30D'), exit('r', 'enough')],
			`e.next>s s.next>w w.next>s ${more}`,
			settings as Record<string, unknown>
		);

	function runAll(plan: Plan): { ways: string[]; last: Advance } {
		const ways: string[] = [];
		let last = start(plan);
		ways.push(wayOf(last));
		for (let day = 1; last.state === 'waiting' && day < 2_000; day++) {
			last = goOn(plan, last, { kind: 'due' }, worldOf(), NOW + day * DAY);
			ways.push(wayOf(last));
		}
		return { ways, last };
	}

	test('a step is visited as often as the journey says, then the enrollment stops where it left', () => {
		const { ways, last } = runAll(loop({ maxVisits: 3 }));
		expect(ways).toEqual(['e:next s:next w:', 'w:next s:next w:', 'w:next s:next w:', 'w:next']);
		expect(last).toMatchObject({
			state: 'stopped',
			reason: 'loop',
			step: 'w',
			arrivals: { e: 1, s: 3, w: 3 }
		});
	});

	test('repeat takes the next arrival elsewhere, without a visit', () => {
		const { ways, last } = runAll(loop({}, 's.repeat>r'));
		expect(ways).toEqual(['e:next s:next w:', 'w:next r:']);
		expect(last).toMatchObject({ state: 'exited', reason: 'enough' });
	});

	test('a step’s own bound goes before the journey’s', () => {
		const plan = planOf(
			[started, [...hello('s'), { maxVisits: 2 }], wait('w')],
			'e.next>s s.next>w w.next>s',
			{ maxVisits: 5 }
		);
		expect(runAll(plan).last).toMatchObject({ state: 'stopped', arrivals: { s: 2, w: 2 } });
	});

	test('repeats that chase each other stop', () => {
		const plan = loop({});
		const chase: Plan = structuredClone(plan);
		const [s, w] = [chase.steps['s'], chase.steps['w']];
		if (s) s.outcomes['repeat'] = 'w';
		if (w) w.outcomes['repeat'] = 's';
		expect(runAll(chase).last).toMatchObject({ state: 'stopped', reason: 'loop', step: 'w' });
	});

	test('no enrollment makes more than 1,000 visits', () => {
		const steps = Array.from({ length: 20 }, (_, index) => wait(`w${index}`, 'PT1H'));
		const ways = steps.map((_, index) => `w${index}.next>w${(index + 1) % 20}`).join(' ');
		const { last } = runAll(planOf([started, ...steps], `e.next>w0 ${ways}`, { maxVisits: 100 }));
		expect(last).toMatchObject({ state: 'stopped', reason: 'loop', visitCount: 1_000 });
	});
});

test('a step that the plan has no more fails the enrollment', () => {
	const plan = planOf([started], '');
	expect(
		advance(plan, { ...entering(plan), step: 'constructor' }, { kind: 'start' }, worldOf(), NOW)
	).toMatchObject({ state: 'failed', reason: 'step-missing' });
});

test('steps may be called like what every object has', () => {
	const plan = planOf(
		[started, hello('constructor'), exit('valueof')],
		'e.next>constructor constructor.next>valueof'
	);
	expect(start(plan)).toMatchObject({ state: 'exited', arrivals: { e: 1, constructor: 1, valueof: 1 } });
});

describe('any journey', () => {
	const kindOf = fc.constantFrom('send', 'offer', 'wait', 'event', 'if', 'exit', 'off');
	const graph = fc.record({
		kinds: fc.array(kindOf, { minLength: 1, maxLength: 12 }),
		ways: fc.array(
			fc.tuple(
				fc.nat(12),
				fc.constantFrom('next', 'yes', 'no', 'happened', 'timeout', 'blocked', 'failed', 'repeat'),
				fc.nat(12)
			),
			{ maxLength: 30 }
		),
		maxVisits: fc.integer({ min: 1, max: 4 }),
		hasConsent: fc.boolean(),
		isQuiet: fc.boolean(),
		picks: fc.array(fc.nat(5), { minLength: 60, maxLength: 60 })
	});

	function planFor({
		kinds,
		ways,
		maxVisits,
		isQuiet
	}: {
		kinds: string[];
		ways: [number, string, number][];
		maxVisits: number;
		isQuiet: boolean;
	}): Plan | null {
		const steps = kinds.map(
			(kind, index): [string, string, Record<string, unknown>, Record<string, unknown>?] => {
				const id = `s${index}`;
				if (kind === 'send') return hello(id);
				if (kind === 'offer') return offer(id);
				if (kind === 'wait') return wait(id, 'PT5H');
				if (kind === 'off') return [...wait(id), { disabled: true }];
				if (kind === 'event') return [id, 'wait.event', { event: 'paid', timeout: 'P1D' }];
				return kind === 'if' ? [id, 'decide.if', { where: { message: { was: 'opened' } } }] : exit(id);
			}
		);
		const document = documentOf([started, ...steps], '', {
			maxVisits,
			...(isQuiet ? { quietHours: { from: '20:00', to: '08:00' } } : {})
		});
		const edges = ways.map(([from, outcome, to]) => ({
			from: `s${from % kinds.length}`,
			outcome,
			to: `s${to % kinds.length}`
		}));
		const whole = { ...document, edges: [{ from: 'e', outcome: 'next', to: 's0' }, ...edges] };
		// Ways that do not hold are left out; circles without a wait stay out by the compiler itself.
		const { diagnostics } = compile(whole, workspace);
		const broken = new Set(
			diagnostics.filter(({ code }) => code.startsWith('edge.')).map(({ path }) => Number(path.split('/')[2]))
		);
		return compile({ ...whole, edges: whole.edges.filter((_, index) => !broken.has(index)) }, workspace).plan;
	}

	test('ends or waits, makes no message twice, and goes on the same from what was written', () => {
		let ran = 0;
		fc.assert(
			fc.property(graph, (input) => {
				const plan = planFor(input);
				if (!plan) return;
				ran++;
				const world = worldOf({ consents: input.hasConsent ? authorized : [] });
				const restored = JSON.parse(JSON.stringify(plan)) as Plan;
				let now = NOW;
				let done = start(plan, world);
				const keys: string[] = [];
				for (const pick of input.picks) {
					for (const effect of done.effects)
						if (effect.kind === 'message') keys.push(`${effect.step} ${effect.arrival}`);
					for (const [step, times] of Object.entries(done.arrivals))
						expect(times).toBeLessThanOrEqual(plan.steps[step]?.maxVisits ?? 0);
					expect((done.dueAt !== null) === (done.state === 'waiting' && done.waitingFor !== 'handover')).toBe(
						true
					);
					expect((done.waitingFor !== null) === (done.state === 'waiting')).toBe(true);
					if (done.state !== 'waiting') break;
					const outcome = (['next', 'failed', 'blocked'] as const)[pick % 3] ?? 'next';
					const wake: Wake =
						done.waitingFor === 'handover'
							? { kind: 'handover', outcome, reason: null }
							: { kind: done.waitingFor === 'event' && pick % 2 ? 'event' : 'due' };
					now = done.dueAt ?? now;
					const state = after(entering(plan), done);
					done = advance(plan, state, wake, world, now);
					expect(
						advance(restored, JSON.parse(JSON.stringify(state)) as EnrollmentState, wake, world, now)
					).toEqual(done);
				}
				expect(new Set(keys).size).toBe(keys.length);
				expect(done.state).not.toBe('waiting');
			}),
			{ numRuns: 400 }
		);
		expect(ran).toBeGreaterThan(50);
	});
});
