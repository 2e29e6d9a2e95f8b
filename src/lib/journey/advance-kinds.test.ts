/** The kinds beyond the first ones; `advance.test.ts` has the rest. */
import { describe, expect, test } from 'vitest';
import { advance, replan } from './advance.ts';
import type { EnrollmentState, Wake } from './enrollment.ts';
import type { Door, World } from './world.ts';
import { compile } from './compile/compile.ts';
import type { Workspace } from './compile/workspace.ts';
import { NOW, authorized, documentOf, entering, started, workspace, worldOf } from './support/fixtures.ts';

type Steps = Parameters<typeof documentOf>[0];

const here: Workspace = {
	...workspace,
	templates: [
		...workspace.templates,
		{ slug: 'note', name: 'Note', channel: 'text', subject: '', text: 'Hello.', reads: [], subjectReads: [] }
	],
	segments: [{ slug: 'picked', where: null }],
	journeys: [{ slug: 'welcome', document: documentOf([['m', 'trigger.manual', {}]], '') }]
};

function planOf(steps: Steps, ways: string) {
	const { plan, diagnostics } = compile(documentOf(steps, ways), here, 'test');
	if (!plan) throw new Error(diagnostics.map(({ path, message }) => `${path}: ${message}`).join('\n'));
	return plan;
}

function start(steps: Steps, ways: string, world: World = worldOf(), trigger: Record<string, unknown> = {}) {
	const plan = planOf([started, ...steps], ways);
	const state = entering(plan, trigger);
	const result = advance(plan, state, { kind: 'start' }, world, NOW);
	const standing: EnrollmentState = { ...state, ...pick(result), standing: true };
	const wake = (woken: Wake, now = NOW, later = world) => advance(plan, standing, woken, later, now);
	return {
		plan,
		result,
		standing,
		wake,
		way: result.visits.map(({ step, outcome }) => `${step}.${outcome}`)
	};
}

function pick({ step, arrivedAt, arrivals, visitCount, leftAt }: ReturnType<typeof advance>) {
	return { step, arrivedAt, arrivals, visitCount, ...(leftAt ? { leftAt } : {}) };
}

describe('several ways', () => {
	const branches = [
		{ id: 'old', where: { attribute: 'age', op: '>', value: 65 } },
		{ id: 'young', where: { attribute: 'age', op: '<', value: 18 } }
	];
	const steps: Steps = [['m', 'decide.match', { branches }]];

	test('the first that holds is taken, and all that was read is recorded', () => {
		const { way, result } = start(steps, 'e.next>m', worldOf({ attributes: { age: 9 } }));
		expect(way).toEqual(['e.next', 'm.young']);
		expect(result.visits.at(-1)?.reads).toEqual([
			{ what: 'attribute:age', value: 9, holds: false, phi: true },
			{ what: 'attribute:age', value: 9, holds: true, phi: true }
		]);
	});

	test('without any it is else', () => expect(start(steps, 'e.next>m').way).toEqual(['e.next', 'm.else']));
});

test('a random split takes the way of the contact’s hash', () => {
	const branches = [
		{ id: 'a', weight: 1 },
		{ id: 'b', weight: 1 }
	];
	const ways = ['ann', 'bob', 'cem', 'dee', 'eva'].map((id) => {
		const world = worldOf();
		const { way } = start([['r', 'decide.random', { branches }]], 'e.next>r', {
			...world,
			contact: { ...world.contact, id }
		});
		return way[1];
	});
	expect(new Set(ways)).toEqual(new Set(['r.a', 'r.b']));
});

describe('a wait until', () => {
	test('goes on at once where the time is now, and says when it was left', () => {
		const { way, result } = start([['u', 'wait.until', { at: '12:00' }]], 'e.next>u');
		expect(way).toEqual(['e.next', 'u.next']);
		expect(result.leftAt).toEqual({ u: NOW });
	});

	test('waits, and ends as next or as past', () => {
		const world = worldOf({ attributes: { birthday: '2026-03-04' } });
		const { result, wake } = start([['u', 'wait.until', { date: 'birthday' }]], 'e.next>u', world);
		expect(result).toMatchObject({ state: 'waiting', waitingFor: 'time', dueAt: Date.UTC(2026, 2, 4) });
		expect(wake({ kind: 'due' }).visits[0]?.outcome).toBe('next');
		expect(wake({ kind: 'due', outcome: 'past' }).visits[0]?.outcome).toBe('past');
	});

	test('is planned anew when its date is another', () => {
		const { plan, standing } = start(
			[['u', 'wait.until', { date: 'birthday' }]],
			'e.next>u',
			worldOf({ attributes: { birthday: '2026-03-04' } })
		);
		const to = (birthday: string) => replan(plan, standing, worldOf({ attributes: { birthday } }), NOW);
		expect(to('2026-03-09')).toEqual({ at: Date.UTC(2026, 2, 9), outcome: 'next' });
		expect(to('2026-03-02')).toEqual({ at: NOW, outcome: 'next' });
		expect(to('2026-03-01')).toEqual({ at: NOW, outcome: 'past' });
		expect(replan(plan, { ...standing, step: 'e' }, worldOf(), NOW)).toBeNull();
	});
});

test('a pace asks the shell for a place', () => {
	const { result, wake } = start([['p', 'wait.pace', { contacts: 50, per: 'PT1H' }]], 'e.next>p');
	expect(result).toMatchObject({ state: 'waiting', waitingFor: 'place', dueAt: null });
	expect(result.effects).toEqual([{ kind: 'place', step: 'p', contacts: 50, per: 'PT1H' }]);
	expect(wake({ kind: 'due' }).visits[0]?.outcome).toBe('next');
});

test('an approval asks in the contact’s words, and takes the answer or the time-out', () => {
	const config = { by: ['nurse'], ask: 'May we write to {{ contact.firstName }}?', timeout: 'P1D' };
	const world = worldOf({ attributes: { firstName: 'Ann' } });
	const { result, wake } = start([['a', 'wait.approval', config]], 'e.next>a', world);
	expect(result).toMatchObject({ waitingFor: 'approval', dueAt: NOW + 86_400_000 });
	expect(result.effects).toEqual([
		{ kind: 'approval', step: 'a', arrival: 1, by: ['nurse'], ask: 'May we write to Ann?' }
	]);
	expect(wake({ kind: 'approval', answer: 'declined' }).visits[0]?.outcome).toBe('declined');
	expect(wake({ kind: 'due' }).visits[0]?.outcome).toBe('timeout');
});

describe('a text message', () => {
	const steps: Steps = [['t', 'send.text', { template: 'note', purpose: 'marketing' }]];
	const base = worldOf({ consents: authorized });
	const world = { ...base, contact: { ...base.contact, phone: '+15550001' } };

	test('goes to a phone', () => {
		expect(start(steps, 'e.next>t', world).result.effects).toMatchObject([
			{ channel: 'text', state: 'queued' }
		]);
		expect(start(steps, 'e.next>t', base).result.visits.at(-1)?.reason).toBe('no-address');
	});

	test('is not stopped by an email address that bounced', () => {
		const bounced = { ...world, suppressions: [{ scope: 'all' as const, reason: 'bounced' as const }] };
		expect(start(steps, 'e.next>t', bounced).way.at(-1)).toBe('t.next');
	});
});

describe('an update', () => {
	test('is seen by what follows, and reads before it writes', () => {
		const set = { age: '{{ trigger.age }}', firstName: 'was {{ contact.age }}' };
		const { result } = start(
			[['u', 'contact.update', { set }]],
			'e.next>u',
			worldOf({ attributes: { age: 3 } }),
			{ age: '41' }
		);
		expect(result.effects).toEqual([{ kind: 'update', step: 'u', set: { age: 41, firstName: 'was 3' } }]);
	});

	test('of a value that can’t be converted changes nothing of it, and says so', () => {
		const { result } = start(
			[['u', 'contact.update', { set: { age: '{{ trigger.age }}' } }]],
			'e.next>u',
			worldOf(),
			{ age: 'old' }
		);
		expect(result.effects).toEqual([]);
		expect(result.visits.at(-1)).toMatchObject({ outcome: 'next', reason: 'not-convertible' });
	});
});

describe('a segment kept by hand', () => {
	test('is what the step made it, at once', () => {
		const segments = { conditions: { picked: null }, kept: [], events: [], messages: [], zone: 'UTC' };
		const where = { segment: 'picked' };
		const steps: Steps = [
			['a', 'segment.add', { segment: 'picked' }],
			['i', 'decide.if', { where }],
			['r', 'segment.remove', { segment: 'picked' }],
			['j', 'decide.if', { where }]
		];
		const { way } = start(steps, 'e.next>a a.next>i i.yes>r r.next>j', worldOf({ segments }));
		expect(way).toEqual(['e.next', 'a.next', 'i.yes', 'r.next', 'j.no']);
	});
});

describe('a webhook', () => {
	const config = {
		url: 'https://hooks.example.test',
		method: 'POST',
		body: '{{ contact.age }}',
		save: 'age'
	};
	const steps: Steps = [
		['h', 'webhook.call', config],
		['x', 'exit', {}]
	];
	const open = () => start(steps, 'e.next>h h.next>x', worldOf({ attributes: { age: 3 } }));

	test('stays until it is answered', () => {
		const { result } = open();
		expect(result).toMatchObject({ waitingFor: 'webhook', dueAt: null });
		expect(result.effects).toMatchObject([{ kind: 'webhook', arrival: 1, body: '3', method: 'POST' }]);
	});

	test('keeps an answer, and goes on as next where it failed', () => {
		const { wake } = open();
		expect(wake({ kind: 'webhook', answer: { status: 201, body: '44' } }).effects).toEqual([
			{ kind: 'update', step: 'h', set: { age: 44 } }
		]);
		for (const answer of [null, { status: 302 }, { status: 500 }]) {
			const failed = wake({ kind: 'webhook', answer });
			expect(failed.visits.map(({ step, outcome }) => `${step}.${outcome}`)).toEqual(['h.failed', 'x.null']);
		}
	});
});

test('the team is told in words', () => {
	const { result } = start(
		[['n', 'notify.team', { to: ['desk'], message: 'Call {{ contact.firstName }}.' }]],
		'e.next>n',
		worldOf({ attributes: { firstName: 'Ann' } })
	);
	expect(result.effects).toEqual([
		{ kind: 'notify', step: 'n', arrival: 1, to: ['desk'], message: 'Call Ann.' }
	]);
});

describe('entering another journey', () => {
	const door: Door = {
		state: 'live',
		trigger: 'm',
		reentry: undefined,
		zone: 'UTC',
		past: { entries: 0, active: 0, lastExitAt: null }
	};
	const go = (stay: boolean, doors: Record<string, Door>) =>
		start(
			[
				['g', 'journey.enter', { journey: 'welcome', stay }],
				['h', 'journey.enter', { journey: 'welcome', stay }]
			],
			'e.next>g g.next>h',
			worldOf({ doors }),
			{ n: 1 }
		);

	test('moves, or stays', () => {
		expect(go(false, { welcome: door }).result).toMatchObject({ state: 'moved', step: 'g' });
		expect(go(true, { welcome: door }).result.effects[0]).toEqual({
			kind: 'enter',
			step: 'g',
			arrival: 1,
			journey: 'welcome',
			trigger: 'm',
			payload: { n: 1 }
		});
	});

	test('is refused the second time, and the refusal is counted', () => {
		const { way, result } = go(true, { welcome: door });
		expect(way).toEqual(['e.next', 'g.next', 'h.refused']);
		expect(result.effects[1]).toEqual({
			kind: 'refusal',
			step: 'h',
			journey: 'welcome',
			trigger: 'm',
			reason: 'reentry'
		});
	});

	test('is seen by the re-entry rule only where it is not deferred', () => {
		const outcomes = (free: number) => go(true, { welcome: { ...door, free } }).way;
		expect(outcomes(0)).toEqual(['e.next', 'g.next', 'h.next']);
		expect(outcomes(1)).toEqual(['e.next', 'g.next', 'h.refused']);
	});

	test('falls through to next where it is refused, so nobody is stranded', () => {
		const { way } = go(false, { welcome: { ...door, state: 'paused' } });
		expect(way).toEqual(['e.next', 'g.refused', 'h.refused']);
	});
});
