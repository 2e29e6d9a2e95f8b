import { expect, test } from 'vitest';
import { END, outcomeWords, PeopleInside, type LostStep } from './people-inside.svelte.ts';

const lost = (id: string, is: LostStep['is'], people = 2): LostStep => ({
	step: { id, kind: 'wait.for', config: { duration: 'P1D' } },
	people,
	is
});
const inside = (...steps: LostStep[]) =>
	new PeopleInside(() => Promise.resolve({ inside: 9, stay: 5, lost: steps }));

test('nothing chosen means that they finish', () => {
	const people = inside();
	expect(people.isChosen).toBe(true);
	expect(people.answer).toEqual({ choice: 'finish' });
});

test('a move needs a place for each step that is gone; one that is another kind now has one', async () => {
	const people = inside(lost('gone', 'gone'), lost('other', 'other'), lost('over', 'gone'));
	await people.look();
	people.choice = 'move';
	expect(people.isChosen).toBe(false);
	people.targets['gone'] = 'to:end';
	people.targets['over'] = END;
	expect(people.isChosen).toBe(true);
	expect(people.answer).toEqual({
		choice: 'move',
		mapping: { gone: { step: 'end' }, other: { step: 'other' }, over: 'exit' }
	});
	await people.look();
	expect(people.targets['gone'], 'counting anew forgets nothing').toBe('to:end');
	people.reset();
	expect(people.answer).toEqual({ choice: 'finish' });
});

test.each([
	[{ choice: 'finish', inside: 0 }, ''],
	[{ choice: 'finish', inside: 1 }, '1 person finishes on the version they entered.'],
	[{ choice: 'move', stayed: 1200, moved: 0, ended: 0, stopped: 0 }, '1,200 people stayed at their step.'],
	[
		{ choice: 'move', stayed: 0, moved: 1, ended: 2, stopped: 0 },
		'1 person went to another step, the journey of 2 people was ended.'
	],
	[
		{ choice: 'move', stayed: 0, moved: 0, ended: 0, stopped: 1 },
		'1 person was stopped, having been at the chosen step before.'
	],
	[{ choice: 'move', stayed: 0, moved: 0, ended: 0, stopped: 0 }, '']
] as const)('%j is told as “%s”', (people, words) => {
	expect(outcomeWords(people)).toBe(words);
});
