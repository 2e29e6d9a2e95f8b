import { describe, expect, it } from 'vitest';
import { numbersByStep, wholeJourney, type CountRow } from './step-numbers.ts';

function rows(step: string, counts: Record<string, number>, versionId = 1): CountRow[] {
	return Object.entries(counts).map(([measure, count]) => ({ versionId, step, measure, count }));
}

const visited = [
	...rows('visit', { entered: 100, 'left:next': 100, 'refused:reentry': 4 }),
	...rows('wait', {
		entered: 100,
		'left:next': 70,
		'ended:exited': 5,
		'dropped:exit-rule': 5,
		'ended:converted': 3
	}),
	...rows('survey', {
		entered: 70,
		'left:next': 66,
		'left:blocked': 4,
		sent: 66,
		engaged: 40,
		opened: 38,
		clicked: 20,
		'blocked:no-address': 3,
		'blocked:unsubscribed': 1,
		machine: 9
	}),
	...rows('bye', { entered: 70, 'ended:exited': 70 })
];

describe('the numbers of a step', () => {
	const numbers = numbersByStep(visited);
	it('count as waiting who came, did not leave, and did not end there', () => {
		expect(numbers.get('wait')?.waiting).toBe(22);
		expect(numbers.get('survey')?.waiting).toBe(0);
	});
	it('keep outcomes, losses and reasons apart', () => {
		expect(numbers.get('survey')).toMatchObject({
			left: 70,
			outcomes: { next: 66, blocked: 4 },
			blocked: 4,
			blockedBy: { 'no-address': 3, unsubscribed: 1 },
			machine: 9
		});
		expect(numbers.get('wait')).toMatchObject({ dropped: 5, droppedBy: { 'exit-rule': 5 }, reached: 3 });
		expect(numbers.get('visit')).toMatchObject({ refused: 4, refusedBy: { reentry: 4 } });
	});
	it('drop nobody at an exit step, and nobody who reached the goal', () => {
		expect(numbers.get('bye')).toMatchObject({ dropped: 0, waiting: 0 });
		expect(
			numbersByStep(rows('wait', { entered: 1, 'ended:converted': 1, 'dropped:converted': 1 })).get('wait')
				?.dropped
		).toBe(0);
	});
	it('sum over versions', () => {
		const both = [
			...rows('a', { entered: 2, 'left:yes': 1 }),
			...rows('a', { entered: 3, 'left:yes': 1 }, 2)
		];
		expect(numbersByStep(both).get('a')).toMatchObject({ entered: 5, outcomes: { yes: 2 }, waiting: 3 });
	});
	it('leave out a measure that only a later version of Stepwell knows', () => {
		expect(numbersByStep(rows('a', { entered: 1, 'held:office': 9 })).get('a')?.entered).toBe(1);
	});
});

describe('the numbers of a whole journey', () => {
	const whole = wholeJourney(visited, (row) => row.step === 'visit');
	it('count as entered only who came through a trigger', () => expect(whole.entered).toBe(100));
	it('count as inside who waits at any step', () => expect(whole.waiting).toBe(22));
	it('add up messages, losses and refusals of every step', () =>
		expect(whole).toMatchObject({ sent: 66, blocked: 4, dropped: 5, reached: 3, refused: 4 }));
});
