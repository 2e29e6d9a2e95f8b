import { describe, expect, test } from 'vitest';
import { drawing } from './fixture.ts';
import { emptyHistory, redo, remember, undo } from './history.ts';

const named = (name: string) => ({ ...drawing([], []), name });

describe('undo', () => {
	test('goes back and forth through the same documents', () => {
		const [a, b] = [named('a'), named('b')];
		const back = undo(remember(emptyHistory, a, 0), b);
		expect(back?.document).toBe(a);
		expect(back && redo(back.history, a)?.document).toBe(b);
	});

	test('has nothing to do at either end', () => {
		expect(undo(emptyHistory, named('a'))).toBeNull();
		expect(redo(emptyHistory, named('a'))).toBeNull();
	});

	test('forgets what was undone once something else is done', () => {
		const back = undo(remember(emptyHistory, named('a'), 0), named('b'));
		expect(back && remember(back.history, named('a'), 0).future).toEqual([]);
	});

	test('takes quick edits of one field together, and slow or other ones apart', () => {
		const first = remember(emptyHistory, named(''), 0, 'wait/duration');
		const quick = remember(first, named('1'), 900, 'wait/duration');
		const slow = remember(quick, named('12'), 5000, 'wait/duration');
		const other = remember(slow, named('123'), 5100, 'mail/template');
		expect([first, quick, slow, other].map((history) => history.past.length)).toEqual([1, 1, 2, 3]);
	});

	test('keeps a hundred steps', () => {
		let history = emptyHistory;
		for (let edit = 0; edit < 130; edit++) history = remember(history, named(`${edit}`), 0);
		expect(history.past).toHaveLength(100);
		expect(history.past[0]?.name).toBe('30');
	});
});
