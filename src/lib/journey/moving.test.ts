import { describe, expect, test } from 'vitest';
import { advance } from './advance.ts';
import { compile } from './compile/compile.ts';
import { findWay } from './moving.ts';
import { documentOf, entering, NOW, started, workspace, worldOf } from './support/fixtures.ts';

const DAY = 86_400_000;

const { plan } = compile(
	documentOf(
		[
			started,
			['a', 'wait.for', { duration: 'P1D' }],
			['b', 'wait.event', { event: 'answered', timeout: 'P3D' }],
			['c', 'wait.for', { duration: 'P2D' }]
		],
		'e.next>a a.next>b b.happened>c a.repeat>c'
	),
	workspace,
	'test'
);
if (!plan) throw new Error('The fixture does not compile.');

describe('who stands at a step when the journey moves', () => {
	test('stays where the step is the same kind', () => {
		expect(findWay(plan, 'a', 'wait.for', {})).toEqual({ is: 'stay' });
		expect(findWay(plan, 'a', 'wait.for', { a: 'exit' }), 'whatever else is chosen').toEqual({ is: 'stay' });
	});

	test('has no way where the step is gone and nothing is chosen', () => {
		expect(findWay(plan, 'gone', 'wait.for', {})).toBeNull();
		expect(findWay(plan, 'gone', 'wait.for', { other: 'exit' })).toBeNull();
		expect(findWay(plan, 'gone', 'wait.for', { gone: { step: 'gone' } })).toBeNull();
		expect(findWay(plan, 'toString', 'wait.for', {}), 'no name of an object is a step').toBeNull();
	});

	test('goes to the step chosen, or along its repeat, or ends', () => {
		expect(findWay(plan, 'gone', 'wait.for', { gone: 'exit' })).toEqual({ is: 'exit' });
		expect(findWay(plan, 'gone', 'wait.for', { gone: { step: 'a' } })).toEqual({
			is: 'go',
			to: [
				{ step: 'a', most: 1 },
				{ step: 'c', most: 1 }
			]
		});
	});

	test('begins another kind under the same id anew, unbounded, unless something else is chosen', () => {
		const anew = { is: 'go', to: [{ step: 'a', most: null }] };
		expect(findWay(plan, 'a', 'wait.event', {})).toEqual(anew);
		expect(findWay(plan, 'a', 'wait.event', { a: { step: 'a' } })).toEqual(anew);
		expect(findWay(plan, 'a', 'wait.event', { a: { step: 'c' } })).toMatchObject({ to: [{ step: 'c' }] });
	});
});

test('a visit that a move opened acts as at an arrival, from then on', () => {
	const state = { ...entering(plan, {}), step: 'a', arrivedAt: NOW, arrivals: { a: 1 }, standing: true };
	expect(advance(plan, state, { kind: 'arrived' }, worldOf(), NOW + 5)).toMatchObject({
		state: 'waiting',
		step: 'a',
		waitingFor: 'time',
		dueAt: NOW + 5 + DAY,
		visitCount: state.visitCount,
		visits: [{ step: 'a', at: NOW, outcome: null, continues: true }]
	});
});
