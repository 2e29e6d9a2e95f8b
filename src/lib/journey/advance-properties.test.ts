import fc from 'fast-check';
import { expect, test } from 'vitest';
import { advance } from './advance.ts';
import { compile } from './compile/compile.ts';
import type { Advance, EnrollmentState, Wake } from './enrollment.ts';
import type { Plan } from './plan.ts';
import { impersonalSteps } from './impersonal.ts';
import { scenarioArb } from './support/arbitrary.ts';
import { workspaceOf } from './rehearse/rehearse.ts';
import { NOW, worldOf } from './support/fixtures.ts';
import type { World } from './world.ts';

function stateAfter(state: EnrollmentState, result: Advance): EnrollmentState {
	const { step, arrivedAt, arrivals, visitCount, leftAt } = result;
	return { ...state, step, arrivedAt, arrivals, visitCount, standing: true, ...(leftAt ? { leftAt } : {}) };
}

function wakeFor(result: Advance, choice: number): Wake {
	switch (result.waitingFor) {
		case 'handover':
			return { kind: 'handover', outcome: choice % 3 === 0 ? 'failed' : 'next', reason: null };
		case 'webhook':
			return { kind: 'webhook', answer: choice % 3 === 0 ? null : { status: 200, body: choice } };
		case 'approval':
			return choice % 2 === 0 ? { kind: 'approval', answer: 'approved' } : { kind: 'due' };
		case 'event':
			return choice % 2 === 0 ? { kind: 'event' } : { kind: 'due' };
		default:
			return { kind: 'due' };
	}
}

/** Follows one enrollment through its wakes; `keep` may change the state on the way, as a database would. */
function follow(
	plan: Plan,
	world: World,
	choices: number[],
	keep: (state: EnrollmentState) => EnrollmentState
): Advance[] {
	const step = plan.triggers[0]?.step ?? '';
	let state: EnrollmentState = {
		step,
		arrivedAt: NOW,
		arrivals: {},
		visitCount: 0,
		enteredAt: NOW,
		trigger: { n: 2, day: '2026-03-09' },
		lineage: [plan.slug],
		standing: false
	};
	let now = NOW;
	let wake: Wake = { kind: 'start' };
	const results: Advance[] = [];
	for (const choice of choices) {
		const result = advance(plan, keep(state), wake, world, now);
		results.push(result);
		if (result.state !== 'waiting') break;
		state = stateAfter(state, result);
		now = Math.max(now, result.dueAt ?? now) + (choice % 5) * 1_000;
		wake = wakeFor(result, choice);
	}
	return results;
}

const arb = fc.tuple(scenarioArb, fc.array(fc.nat(30), { minLength: 5, maxLength: 60 }));

function forSoundPlans(runs: number, check: (plan: Plan, world: World, choices: number[]) => void): void {
	let sound = 0;
	const property = fc.property(arb, ([scenario, choices]) => {
		const { plan } = compile(scenario.journeys[0]?.document, workspaceOf(scenario), 'a');
		if (!plan) return;
		sound++;
		const [contact] = scenario.contacts;
		check(plan, worldOf({ attributes: contact?.attributes, timezone: 'America/New_York' }), choices);
	});
	fc.assert(property, { numRuns: runs });
	expect(sound).toBeGreaterThan(runs / 4);
}

test('no effect of an enrollment has the key of another', () => {
	forSoundPlans(300, (plan, world, choices) => {
		const keys = follow(plan, world, choices, (state) => state).flatMap(({ effects }) =>
			effects.flatMap((effect) =>
				'arrival' in effect ? [`${effect.kind} ${effect.step} ${effect.arrival}`] : []
			)
		);
		expect(new Set(keys).size).toBe(keys.length);
	});
});

test('a state written to JSON and read back goes on the same', () => {
	forSoundPlans(300, (plan, world, choices) => {
		const stored = follow(
			plan,
			world,
			choices,
			(state) => JSON.parse(JSON.stringify(state)) as EnrollmentState
		);
		const plain = follow(plan, world, choices, (state) => state);
		expect(stored).toEqual(plain);
		const planRead = JSON.parse(JSON.stringify(plan)) as Plan;
		expect(follow(planRead, world, choices, (state) => state)).toEqual(plain);
	});
});

test('a wake from an impersonal step looks at nothing that is sealed', () => {
	let seen = 0;
	forSoundPlans(1500, (drawn, world, choices) => {
		const { exitWhen, goal, ...settings } = drawn.settings;
		const plan = exitWhen || goal ? { ...drawn, settings } : drawn;
		const { acting, standing } = impersonalSteps(plan);
		let isSealed = false;
		const guarded = <T extends object>(target: T, keys: (keyof T)[]): T =>
			new Proxy(target, {
				get(of, key) {
					if (isSealed && keys.includes(key as keyof T)) throw new Error(`${String(key)} was looked at.`);
					return of[key as keyof T];
				}
			});
		const contact = { ...world.contact, reach: { email: true, text: false } };
		const sealed = { ...world, contact: guarded(contact, ['id', 'email', 'phone', 'attributes']) };
		follow(plan, sealed, choices, (state) => {
			isSealed = (state.standing ? standing : acting).has(state.step);
			if (isSealed) seen++;
			return guarded(state, ['trigger']);
		});
	});
	expect(seen).toBeGreaterThan(100);
});

test('nothing that it was given is changed', () => {
	forSoundPlans(100, (plan, world, choices) => {
		const before = JSON.stringify([plan, world]);
		follow(plan, world, choices, (state) => Object.freeze(state));
		expect(JSON.stringify([plan, world])).toBe(before);
	});
});
