import { describe, expect, test } from 'vitest';
import type { DraftDocument } from './document.ts';
import { Editor } from './editor.svelte.ts';
import { drawing, edgesOf } from './fixture.ts';

function open(document: DraftDocument) {
	const changes: DraftDocument[] = [];
	let now = 0;
	const editor = new Editor({
		slug: 'test',
		document,
		workspace: { timezone: 'UTC', attributes: [], templates: [] },
		eventNames: [],
		publicUrl: 'http://localhost',
		now: () => now,
		onchange: (changed) => changes.push(changed)
	});
	return { editor, changes, pass: (ms: number) => (now += ms) };
}

describe('adding by a click', () => {
	test('goes behind the selected step, and selects what was added', () => {
		const { editor } = open(drawing([], []));
		editor.addByClick('trigger.api', { x: 0, y: 0 });
		editor.addByClick('wait.for', { x: 0, y: 0 });
		editor.addByClick('decide.if', { x: 0, y: 0 });
		editor.addByClick('exit', { x: 0, y: 0 });
		expect(edgesOf(editor.document)).toEqual(['call:next>wait', 'if:yes>exit', 'wait:next>if']);
		expect(editor.selected?.id).toBe('exit');
	});

	test('takes the next free way of a fork', () => {
		const { editor } = open(drawing(['fork', 'left'], ['fork:yes>left']));
		editor.select('fork');
		editor.addByClick('wait.for', { x: 0, y: 0 });
		expect(edgesOf(editor.document)).toContain('fork:no>wait');
	});

	test('a trigger stands by itself', () => {
		const { editor } = open(drawing(['wait'], []));
		editor.select('wait');
		editor.addByClick('trigger.api', { x: 0, y: 0 });
		expect(editor.document.edges).toEqual([]);
	});
});

describe('undo and redo', () => {
	test('bring back the document, and tell about it', () => {
		const { editor, changes } = open(drawing(['call', 'wait'], ['call:next>wait']));
		const before = editor.document;
		editor.select('wait');
		editor.removeSelected();
		expect(editor.selected?.id).toBe('call');
		editor.undo();
		expect(editor.document).toBe(before);
		editor.redo();
		expect(editor.document.steps).toHaveLength(1);
		expect(changes).toHaveLength(3);
	});

	test('typing in one field is one step, another field is another', () => {
		const { editor, pass } = open(drawing(['call'], []));
		editor.configure('call', { name: 'l' });
		pass(200);
		editor.configure('call', { name: 'la' });
		pass(200);
		editor.configure('call', { key: 'order' });
		editor.undo();
		expect(editor.document.steps[0]?.config).toEqual({ name: 'la' });
		editor.undo();
		expect(editor.document.steps[0]?.config).toEqual({ name: 'lab-result-ready' });
		expect(editor.canUndo).toBe(false);
	});
});

describe('walking', () => {
	test('goes down along the edges, and up again', () => {
		const { editor } = open(drawing(['call', 'wait', 'mail'], ['call:next>wait', 'wait:next>mail']));
		editor.walk('down');
		editor.walk('down');
		expect(editor.walk('down')).toBe('mail');
		expect(editor.walk('up')).toBe('wait');
	});

	test('stays where it is at the end', () => {
		const { editor } = open(drawing(['call'], []));
		editor.select('call');
		expect(editor.walk('left')).toBeNull();
		expect(editor.selected?.id).toBe('call');
	});
});

test('steps without a place get one on opening, without that being a change', () => {
	const document = drawing(['call', 'wait'], ['call:next>wait']);
	const loose = { ...document, steps: document.steps.map(({ position: _, ...step }) => step) };
	const { editor, changes } = open(loose);
	const [call, wait] = editor.document.steps;
	expect(wait?.position?.y).toBeGreaterThan(call?.position?.y ?? Infinity);
	expect(changes).toEqual([]);
});

test('a journey always has a name', () => {
	const { editor, changes } = open(drawing([], []));
	editor.rename('   ');
	expect(editor.document.name).toBe('Test');
	editor.rename('Recall');
	expect(changes.at(-1)?.name).toBe('Recall');
});

test('the loop of a problem that is looked at is lit, edge by edge', () => {
	const { editor } = open(
		drawing(['call', 'wait', 'mail'], ['call:next>wait', 'wait:next>mail', 'mail:next>wait'])
	);
	editor.openProblem = {
		code: 'loop.bounded',
		severity: 'warning',
		path: '/steps/1',
		steps: ['wait', 'mail'],
		message: ''
	};
	expect([...editor.litEdges].sort()).toEqual(['mail:next', 'wait:next']);
});

test('a fix changes the document and can be undone', () => {
	const { editor } = open(drawing(['call', 'wait'], ['call:next>wait']));
	editor.fix({
		code: 'edge.duplicate',
		severity: 'error',
		path: '/edges/0',
		message: '',
		fix: { label: 'Remove the connection', patch: [{ op: 'remove', path: '/edges/0' }] }
	});
	expect(editor.document.edges).toEqual([]);
	editor.undo();
	expect(edgesOf(editor.document)).toEqual(['call:next>wait']);
});
