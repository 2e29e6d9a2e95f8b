import { expect, test } from 'vitest';
import { changesBetween, hasChanges } from './changes.ts';
import { drawing } from './fixture.ts';
import { layOut } from './layout.ts';
import { outlineOf } from './outline.ts';
import { edgeWidth } from './traffic.ts';

test('the outline lists each step once, branches set in, and says where they join', () => {
	const lines = outlineOf(
		drawing(
			['call', 'fork', 'mail', 'wait', 'left'],
			['call:next>fork', 'fork:yes>mail', 'fork:no>wait', 'mail:next>left', 'wait:next>left']
		)
	);
	expect(lines.map(({ step, depth, by }) => [step.id, depth, by])).toEqual([
		['call', 0, null],
		['fork', 0, null],
		['mail', 1, 'yes'],
		['left', 1, null],
		['wait', 1, 'no']
	]);
	expect(lines.at(-1)?.joins).toEqual([{ outcome: 'next', to: 'left' }]);
});

test('a loop and a step that nothing leads to are listed all the same', () => {
	const lines = outlineOf(drawing(['wait', 'mail', 'left'], ['wait:next>mail', 'mail:next>wait']));
	expect(lines.map(({ step }) => step.id).sort()).toEqual(['left', 'mail', 'wait']);
});

test('rows put yes left of no, and no card on another', () => {
	const places = layOut(
		drawing(['call', 'fork', 'left', 'right'], ['call:next>fork', 'fork:yes>left', 'fork:no>right'])
	);
	const [left, right, fork] = [places.get('left'), places.get('right'), places.get('fork')];
	expect(left?.x).toBeLessThan((right?.x ?? 0) - 260);
	expect(fork?.y).toBeLessThan((left?.y ?? 0) - 60);
});

test('moving or naming a step is no change of the journey', () => {
	const live = drawing(['call', 'wait'], ['call:next>wait']);
	const moved = {
		...live,
		steps: live.steps.map((step) => ({ ...step, label: 'New', position: { x: 9, y: 9 } }))
	};
	expect(hasChanges(changesBetween(live, moved))).toBe(false);
	const cut = { ...live, edges: [] };
	expect(changesBetween(live, cut)).toMatchObject({ connections: 1, added: [], removed: [] });
});

test('edges are as wide as their traffic, never nothing and never over 7 pixels', () => {
	expect(edgeWidth(0, 100)).toBe(1.5);
	expect(edgeWidth(100, 100)).toBe(7);
	expect(edgeWidth(1, 100)).toBeGreaterThan(1.5);
});
