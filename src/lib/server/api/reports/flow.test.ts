import { describe, expect, it } from 'vitest';
import type { Edge, Step } from '$lib/journey/index.ts';
import { endsOf, inOrder } from './flow.ts';

const trigger = (id: string): Step => ({
	id,
	kind: 'trigger.transactional',
	config: { event: 'visit.completed' }
});
const wait = (id: string): Step => ({ id, kind: 'wait.for', config: { duration: 'P1D' } });
const email = (id: string): Step => ({
	id,
	kind: 'send.email',
	config: { template: 'hello', purpose: 'operations' }
});
const decide = (id: string): Step => ({ id, kind: 'decide.if', config: { where: { all: [] } } });
const exit = (id: string): Step => ({ id, kind: 'exit', config: {} });
const edge = (from: string, outcome: string, to: string): Edge => ({ from, outcome, to });
const ids = (steps: Step[]) => steps.map((step) => step.id);

describe('the order of steps', () => {
	it('follows the way people take, whatever the order in the document', () => {
		const graph = {
			steps: [exit('bye'), wait('wait'), trigger('start'), email('hello')],
			edges: [edge('start', 'next', 'wait'), edge('wait', 'next', 'hello'), edge('hello', 'next', 'bye')]
		};
		expect(ids(inOrder(graph))).toEqual(['start', 'wait', 'hello', 'bye']);
	});
	it('puts a join after all branches that lead to it', () => {
		const graph = {
			steps: [trigger('start'), decide('if'), email('a'), email('b'), wait('b2'), wait('join')],
			edges: [
				edge('start', 'next', 'if'),
				edge('if', 'yes', 'a'),
				edge('if', 'no', 'b'),
				edge('a', 'next', 'join'),
				edge('b', 'next', 'b2'),
				edge('b2', 'next', 'join')
			]
		};
		expect(ids(inOrder(graph))).toEqual(['start', 'if', 'a', 'b', 'b2', 'join']);
	});
	it('survives a circle, and lists what no trigger reaches last', () => {
		const graph = {
			steps: [wait('lost'), trigger('start'), wait('again'), decide('if')],
			edges: [edge('start', 'next', 'again'), edge('again', 'next', 'if'), edge('if', 'yes', 'again')]
		};
		expect(ids(inOrder(graph))).toEqual(['start', 'again', 'if', 'lost']);
	});
	it('takes 2,000 steps in a row', () => {
		const steps = [trigger('s0'), ...Array.from({ length: 1999 }, (_, n) => wait(`s${n + 1}`))];
		const edges = steps.slice(1).map((step, n) => edge(`s${n}`, 'next', step.id));
		expect(ids(inOrder({ steps, edges })).at(-1)).toBe('s1999');
	});
});

describe('the ends of a journey', () => {
	it('are its exits, and the outcomes that lead nowhere', () => {
		const graph = {
			steps: [trigger('start'), decide('if'), exit('bye')],
			edges: [edge('start', 'next', 'if'), edge('if', 'yes', 'bye')]
		};
		expect(endsOf(graph)).toEqual([
			{ step: 'if', outcome: 'no' },
			{ step: 'bye', outcome: null }
		]);
	});
	it('do not include a blocked message that goes along next', () => {
		const graph = { steps: [email('hello'), exit('bye')], edges: [edge('hello', 'next', 'bye')] };
		expect(endsOf(graph)).toEqual([{ step: 'bye', outcome: null }]);
	});
	it('include a blocked message where nothing follows', () => {
		expect(endsOf({ steps: [email('hello')], edges: [] }).map((end) => end.outcome)).toEqual([
			'next',
			'blocked',
			'failed'
		]);
	});
});
