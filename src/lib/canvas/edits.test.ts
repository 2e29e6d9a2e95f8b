import { describe, expect, test } from 'vitest';
import {
	addAfter,
	addStep,
	connect,
	disconnect,
	duplicateStep,
	insertOnEdge,
	putOnEdge,
	removeSteps,
	updateStep
} from './edits.ts';
import { getStep } from './document.ts';
import { drawing, edgesOf } from './fixture.ts';

describe('adding a step', () => {
	test('gives it an id of its own and a place where no other card lies', () => {
		const first = addStep(drawing([], []), 'wait.for', { x: 0, y: 0 });
		const second = addStep(first.document, 'wait.for', { x: 10, y: 5 });
		expect(second.id).toBe('wait-2');
		expect(getStep(second.document, 'wait-2').position).toEqual({ x: 10, y: 116 });
	});

	test('behind a free outcome leads there', () => {
		const { document, id } = addAfter(drawing(['call'], []), 'call', 'next', 'wait.for');
		expect(edgesOf(document)).toEqual([`call:next>${id}`]);
	});

	test('behind an outcome that is taken puts it in between, and moves down what follows', () => {
		const before = drawing(['call', 'mail'], ['call:next>mail']);
		const { document, id } = addAfter(before, 'call', 'next', 'decide.if');
		expect(edgesOf(document)).toEqual([`call:next>${id}`, `${id}:yes>mail`]);
		expect(getStep(document, 'mail').position?.y).toBe(232);
	});

	test('an exit put in between cuts off the rest of the way', () => {
		const { document, id } = addAfter(drawing(['call', 'mail'], ['call:next>mail']), 'call', 'next', 'exit');
		expect(edgesOf(document)).toEqual([`call:next>${id}`]);
	});

	test('a trigger can not be put on an edge', () => {
		expect(
			insertOnEdge(drawing(['call', 'mail'], ['call:next>mail']), 'call:next', 'trigger.api')
		).toBeNull();
	});

	test('a loose step dropped on an edge joins it; one that is connected does not', () => {
		const loose = drawing(['call', 'mail', 'wait'], ['call:next>mail']);
		const joined = putOnEdge(loose, 'wait', 'call:next');
		expect(joined && edgesOf(joined)).toEqual(['call:next>wait', 'wait:next>mail']);
		expect(joined && putOnEdge(joined, 'wait', 'wait:next')).toBeNull();
	});
});

describe('connecting', () => {
	test('an outcome leads to one step at most', () => {
		const document = connect(drawing(['fork', 'left', 'right'], ['fork:yes>left']), 'fork', 'yes', 'right');
		expect(edgesOf(document)).toEqual(['fork:yes>right']);
	});

	test('nothing leads into a trigger', () => {
		const document = drawing(['call', 'wait'], []);
		expect(connect(document, 'wait', 'next', 'call')).toBe(document);
	});

	test('an outcome without an edge ends the way', () => {
		expect(edgesOf(disconnect(drawing(['call', 'wait'], ['call:next>wait']), 'call:next'))).toEqual([]);
	});
});

describe('removing a step', () => {
	test('joins what came before to what comes after', () => {
		const before = drawing(['call', 'wait', 'mail'], ['call:next>wait', 'wait:next>mail']);
		expect(edgesOf(removeSteps(before, ['wait']))).toEqual(['call:next>mail']);
	});

	test('joins several steps in a row that go together', () => {
		const before = drawing(
			['call', 'wait', 'mail', 'left'],
			['call:next>wait', 'wait:next>mail', 'mail:next>left']
		);
		expect(edgesOf(removeSteps(before, ['wait', 'mail']))).toEqual(['call:next>left']);
	});

	test('ends the way where branches part, since choosing one would be a guess', () => {
		const before = drawing(
			['call', 'fork', 'left', 'right'],
			['call:next>fork', 'fork:yes>left', 'fork:no>right']
		);
		expect(edgesOf(removeSteps(before, ['fork']))).toEqual([]);
	});

	test('leaves no edge to a step that is gone, also from a loop to itself', () => {
		const before = drawing(['call', 'wait'], ['call:next>wait', 'wait:next>wait']);
		expect(edgesOf(removeSteps(before, ['wait']))).toEqual([]);
	});
});

test('a copy has the same settings, no connection, and an API trigger no name twice', () => {
	const { document, id } = duplicateStep(drawing(['call', 'wait'], ['call:next>wait']), 'call');
	expect(getStep(document, id)).toMatchObject({ kind: 'trigger.api', config: {} });
	expect(edgesOf(document)).toEqual(['call:next>wait']);
});

test('an empty label is no label', () => {
	const named = updateStep(drawing(['wait'], []), 'wait', { label: 'A rest' });
	expect(getStep(named, 'wait').label).toBe('A rest');
	expect('label' in getStep(updateStep(named, 'wait', { label: ' ' }), 'wait')).toBe(false);
});
