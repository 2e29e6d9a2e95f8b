import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Where } from '../../document.ts';
import { documentOf, workspace as fixture } from '../../support/fixtures.ts';
import { compile } from '../compile.ts';
import type { Workspace } from '../workspace.ts';

type StepInput = Parameters<typeof documentOf>[0][number];
type Documents = Record<string, object>;

const byHand: StepInput = ['m', 'trigger.manual', {}];
const enter = (journey: string): StepInput => ['go', 'journey.enter', { journey, stay: false }];
const wait: StepInput = ['w', 'wait.for', { duration: 'P1D' }];

function journey(name: string, steps: StepInput[]): object {
	const ways = steps.slice(1).map(([id], index) => `${steps[index]?.[0] ?? ''}.next>${id}`);
	return { ...documentOf(steps, ways.join(' ')), name };
}

function workspaceOf(documents: Record<string, unknown>, more: Partial<Workspace> = {}): Workspace {
	const journeys = Object.entries(documents).map(([slug, document]) => ({ slug, document }));
	return { ...fixture, journeys, ...more };
}

/** What each journey is told of circles: `error` or `warning`, its own steps, and the way told. */
function circlesOf(documents: Documents, slug: string, more: Partial<Workspace> = {}): string[] {
	const { diagnostics } = compile(documents[slug], workspaceOf(documents, more), slug);
	return diagnostics
		.filter(({ code }) => code === 'loop.journeys')
		.map(({ severity, steps, message }) => {
			const told = /circle[^:]*: (.*), here by/.exec(message)?.[1] ?? '';
			return `${severity} ${steps?.join(' ')}: ${told}`;
		});
}

test('each journey of a circle is told, from where it stands', () => {
	const documents = {
		a: journey('A', [byHand, enter('b')]),
		b: journey('B', [byHand, enter('c')]),
		c: journey('C', [byHand, enter('a')]),
		aside: journey('Aside', [byHand, enter('a')])
	};
	expect(circlesOf(documents, 'a')).toEqual(['error m go: “A” → “B” → “C” → “A”']);
	expect(circlesOf(documents, 'b')).toEqual(['error m go: “B” → “C” → “A” → “B”']);
	expect(circlesOf(documents, 'c')).toEqual(['error m go: “C” → “A” → “B” → “C”']);
	expect(circlesOf(documents, 'aside')).toEqual([]);
});

test('a wait in any of them makes it a warning for all', () => {
	const documents = { a: journey('A', [byHand, enter('b')]), b: journey('B', [byHand, wait, enter('a')]) };
	expect(circlesOf(documents, 'a')).toEqual(['warning m go: “A” → “B” → “A”']);
	expect(circlesOf(documents, 'b')).toEqual(['warning m w go: “B” → “A” → “B”']);
});

test('of two ways through a journey the one without a wait counts', () => {
	const ways = 'm.next>d d.yes>w d.no>go w.next>go';
	const decide: StepInput = ['d', 'decide.if', { where: { attribute: 'vip', op: 'exists' } }];
	const documents = {
		a: journey('A', [byHand, enter('b')]),
		b: { ...documentOf([byHand, decide, wait, enter('a')], ways), name: 'B' }
	};
	expect(circlesOf(documents, 'b')).toEqual(['error m d go: “B” → “A” → “B”']);
});

test('what is turned off, or closed, is no way', () => {
	const off = (step: StepInput): StepInput => [step[0], step[1], step[2], { disabled: true }];
	const b = journey('B', [byHand, enter('a')]);
	expect(circlesOf({ a: journey('A', [byHand, off(enter('b'))]), b }, 'a')).toEqual([]);
	expect(circlesOf({ a: journey('A', [off(byHand), enter('b')]), b }, 'b')).toEqual([]);
	const weights = {
		branches: [
			{ id: 'next-one', weight: 1 },
			{ id: 'never', weight: 0 }
		]
	};
	const steps: StepInput[] = [byHand, ['r', 'decide.random', weights], enter('b')];
	expect(circlesOf({ a: documentOf(steps, 'm.next>r r.never>go'), b }, 'a')).toEqual([]);
});

test('the draft counts, not what the workspace has under its name', () => {
	const documents = { a: journey('A', [byHand]), b: journey('B', [byHand, enter('a')]) };
	const draft = journey('A', [byHand, enter('b')]);
	const { diagnostics } = compile(draft, workspaceOf(documents), 'a');
	expect(diagnostics.map(({ code }) => code)).toEqual(['loop.journeys']);
	expect(compile(draft, workspaceOf(documents), 'another').diagnostics).toEqual([]);
});

describe('what a step changes and another journey’s trigger asks', () => {
	const set = (values: object): StepInput => ['go', 'contact.update', { set: values }];
	const hook: StepInput = ['go', 'webhook.call', { url: 'https://example.org', method: 'GET', save: 'age' }];
	const send: StepInput = ['go', 'send.text', { template: 'nudge', purpose: 'operations' }];
	const add: StepInput = ['go', 'segment.add', { segment: 'regulars' }];
	const remove: StepInput = ['go', 'segment.remove', { segment: 'regulars' }];
	const age = (op: '<' | '>=', value: number): Where => ({ attribute: 'age', op, value });
	const sent = (more: object = {}): Where => ({ message: { was: 'sent', ...more } });

	test.each<[string, StepInput, Where, boolean, boolean]>([
		['a value that fits', set({ age: 70 }), age('>=', 65), true, false],
		['a value that does not', set({ age: 7 }), age('>=', 65), false, true],
		['a value that says nothing', set({ age: 70 }), { attribute: 'city', op: 'exists' }, false, false],
		[
			'a value beside others',
			set({ age: 70, vip: true }),
			{ all: [age('>=', 65), { not: { attribute: 'vip', op: '=', value: true } }] },
			false,
			true
		],
		[
			'a value that leaves the rest as it was',
			set({ age: 70 }),
			{ all: [age('>=', 65), { attribute: 'vip', op: 'exists' }] },
			true,
			false
		],
		['a value taken away', set({ age: null }), { attribute: 'age', op: 'exists' }, false, true],
		['a value made from a template', set({ age: '{{ trigger.age }}' }), age('>=', 65), true, true],
		['an answer', hook, age('>=', 65), true, true],
		['through another segment', set({ age: 70 }), { segment: 'seniors' }, true, false],
		['a segment joined', add, { segment: 'regulars' }, true, false],
		['a segment left', remove, { segment: 'regulars' }, false, true],
		['a segment joined that keeps out', add, { not: { segment: 'regulars' } }, false, true],
		['a message', send, sent(), true, false],
		['a message that keeps out', send, { not: sent() }, false, true],
		['a message of this step', send, sent({ step: 'go' }), true, false],
		['a message of another step', send, sent({ step: 'other' }), false, false],
		['what people do with a message', send, { message: { was: 'opened' } }, false, false]
	])('%s', (_, effect, where, enters, leaves) => {
		const segments = [...(fixture.segments ?? []), { slug: 'asked', where }];
		const isCircle = (on: 'enter' | 'leave') => {
			const trigger: StepInput = ['v', 'trigger.segment', { segment: 'asked', on }];
			const documents = { a: journey('A', [byHand, effect]), b: journey('B', [trigger, enter('a')]) };
			return circlesOf(documents, 'a', { segments }).length > 0;
		};
		expect([isCircle('enter'), isCircle('leave')]).toEqual([enters, leaves]);
	});

	test('a list kept by hand itself', () => {
		const trigger: StepInput = ['v', 'trigger.segment', { segment: 'regulars', on: 'enter' }];
		const b = journey('B', [trigger, enter('a')]);
		expect(circlesOf({ a: journey('A', [byHand, add]), b }, 'a')).toHaveLength(1);
		expect(circlesOf({ a: journey('A', [byHand, remove]), b }, 'a')).toHaveLength(0);
	});

	test('a date is a wait', () => {
		const trigger: StepInput = [
			'v',
			'trigger.time',
			{ date: 'birthday', offset: 'P0D', at: '09:00', repeat: 'yearly' }
		];
		const documents = {
			a: journey('A', [byHand, set({ birthday: '2026-03-02' })]),
			b: journey('B', [trigger, enter('a')])
		};
		expect(circlesOf(documents, 'a')).toEqual(['warning m go: “A” → “B” → “A”']);
	});
});

test('whatever other journeys are, this one is compiled', () => {
	const draft = journey('A', [byHand, enter('b')]);
	fc.assert(
		fc.property(fc.jsonValue(), fc.jsonValue(), (steps, edges) => {
			for (const document of [steps, { steps, edges }, { steps: [steps, steps], edges: [edges] }]) {
				expect(() => compile(draft, workspaceOf({ b: document }), 'a')).not.toThrow();
			}
		}),
		{ numRuns: 200 }
	);
});

test('hundreds of journeys cost next to nothing at a key stroke', () => {
	const documents = Object.fromEntries(
		Array.from({ length: 300 }, (_, index) => {
			const trigger: StepInput = ['v', 'trigger.segment', { segment: 'seniors', on: 'enter' }];
			const set: StepInput = ['u', 'contact.update', { set: { age: index } }];
			return [`j${index}`, journey(`J${index}`, [trigger, set, enter(`j${index + 1}`)])];
		})
	);
	const workspace = workspaceOf(documents);
	const draft = journey('A', [byHand, ['u', 'contact.update', { set: { age: 70 } }], enter('j0')]);
	const times = Array.from({ length: 4 }, () => {
		const before = performance.now();
		compile(draft, workspace, 'a');
		return performance.now() - before;
	});
	// 20 ms on 2 cores.
	expect(Math.min(...times)).toBeLessThan(500);
});
