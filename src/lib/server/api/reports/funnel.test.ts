import { describe, expect, it } from 'vitest';
import { endings, funnelBars, turnedAway, type Outcome } from './funnel.ts';
import { headline } from './headline.ts';
import type { ReportStep } from './report-steps.ts';
import { noNumbers, type StepNumbers } from './step-numbers.ts';

function step(id: string, numbers: Partial<StepNumbers>, more: Partial<ReportStep> = {}): ReportStep {
	return {
		id,
		kind: 'wait.for',
		group: 'wait',
		title: id,
		line: '',
		message: null,
		current: true,
		numbers: { ...noNumbers(), ...numbers },
		...more
	};
}

const survey = step(
	'survey',
	{ entered: 90, sent: 88, engaged: 55, opened: 55, clicked: 27, blocked: 2, blockedBy: { 'no-address': 2 } },
	{ kind: 'send.email', group: 'message', title: 'Email “Visit survey”', message: 'Visit survey' }
);
const reminder = step(
	'reminder',
	{ entered: 40, sent: 40, engaged: 10, clicked: 4 },
	{ kind: 'send.email', group: 'message', title: 'Email “A reminder”', message: 'A reminder' }
);

function outcome(whole: Partial<StepNumbers>, more: Partial<Outcome> = {}): Outcome {
	return { whole: { ...noNumbers(), entered: 100, ...whole }, hasGoal: false, ended: 0, ...more };
}

describe('the funnel', () => {
	it('shows opens and clicks of a single message as bars of their own', () => {
		const bars = funnelBars([survey], outcome({ waiting: 10 }, { ended: 80 }));
		expect(bars.map((bar) => [bar.label, bar.value, bar.measure])).toEqual([
			['Entered', 100, 'entered'],
			['Got “Visit survey”', 88, 'sent'],
			['Opened it', 55, 'engaged'],
			['Clicked', 27, 'clicked'],
			['Reached the end', 80, 'end']
		]);
		expect(bars.map((bar) => bar.note)).toEqual([
			null,
			'2 not sent',
			'33 did not',
			'28 read, did not click',
			'10 still inside'
		]);
	});
	it('shows several messages as one bar each, with opens and clicks inside', () => {
		const bars = funnelBars([survey, reminder], outcome({ reached: 30 }, { hasGoal: true }));
		expect(bars.map((bar) => bar.label)).toEqual([
			'Entered',
			'Got “Visit survey”',
			'Got “A reminder”',
			'Reached the goal'
		]);
		expect(bars[1]?.parts.map((part) => part.value)).toEqual([55, 27]);
	});
	it('leaves out a message that was taken out before anybody got it', () => {
		const gone = { ...reminder, current: false, numbers: noNumbers() };
		expect(funnelBars([survey, gone], outcome({})).map((bar) => bar.label)).not.toContain('Got “A reminder”');
	});
});

describe('the endings', () => {
	it('list the goal, the ends by size, and the losses by reason', () => {
		const whole = { reached: 30, dropped: 3, droppedBy: { loop: 1, failed: 2 } };
		const ends = [
			{ step: step('no-answer', {}, { title: 'No answer' }), outcome: null, count: 5 },
			{ step: step('answer', {}, { title: 'Wait for the survey' }), outcome: 'timeout', count: 20 },
			{ step: survey, outcome: 'failed', count: 0 }
		];
		expect(
			endings(ends, outcome(whole, { hasGoal: true })).map((end) => [end.label, end.value, end.measure])
		).toEqual([
			['Reached the goal', 30, 'reached'],
			['After “Wait for the survey”: the time was up', 20, 'left:timeout'],
			['No answer', 5, 'entered'],
			['Dropped: failed because of an error', 2, 'dropped:failed'],
			['Dropped: would have gone in circles', 1, 'dropped:loop']
		]);
	});
});

describe('what was not sent, and who was turned away', () => {
	it('counts as a loss only what neither the person nor a rule wanted', () => {
		const whole = {
			...noNumbers(),
			blockedBy: { 'no-address': 5, 'no-authorization': 9, suppressed: 0 },
			refusedBy: { reentry: 7 },
			failed: 1
		};
		expect(turnedAway(whole).map(({ measure, value, tone }) => [measure, value, tone])).toEqual([
			['blocked:no-authorization', 9, 'end'],
			['refused:reentry', 7, 'end'],
			['blocked:no-address', 5, 'loss'],
			['failed', 1, 'loss']
		]);
	});
});

describe('the headline', () => {
	const text = (...args: Parameters<typeof headline>) =>
		headline(...args)
			.map((part) => part.text)
			.join('');
	it('says how many got there and names the steepest drop', () => {
		expect(text(outcome({ reached: 27 }, { hasGoal: true }), [survey, reminder], [], null)).toBe(
			'27% of 100 people reached the goal. The steepest drop: 75% of those who got “A reminder” never opened it.'
		);
	});
	it('marks only the drop as a loss', () => {
		const parts = headline(outcome({ reached: 27 }, { hasGoal: true }), [survey], [], null);
		expect(parts.map((part) => part.loss)).toEqual([false, true]);
	});
	it('compares with the version before', () => {
		expect(text(outcome({ reached: 27 }, { hasGoal: true }), [], [], { number: 3, share: 0.22 })).toContain(
			'27% of 100 people reached the goal, up from 22% in version 3.'
		);
	});
	it('names the two ends where most came out', () => {
		const ends = [
			{ label: 'Feedback received', value: 60, step: 'a', measure: 'entered', tone: 'end' as const },
			{ label: 'No answer', value: 20, step: 'b', measure: 'entered', tone: 'end' as const }
		];
		expect(text(outcome({}, { ended: 80 }), [], ends, null)).toContain(
			'80% of 100 people reached the end: 60% “Feedback received”, 20% “No answer”.'
		);
	});
	it('does not call it a loss when the gate kept marketing from who did not agree', () => {
		const letter = {
			...survey,
			numbers: { ...noNumbers(), entered: 90, blocked: 60, blockedBy: { 'no-authorization': 60 } }
		};
		expect(text(outcome({}, { ended: 80 }), [letter], [], null)).not.toContain('steepest drop');
		const unreachable = {
			...letter,
			numbers: { ...letter.numbers, blockedBy: { 'no-address': 45, unsubscribed: 15 } }
		};
		expect(text(outcome({}, { ended: 80 }), [unreachable], [], null)).toContain(
			'“Visit survey” could not be sent to 50%, mostly: no address.'
		);
	});
	it('does not call a drop of two people steep', () => {
		const tiny = step('tiny', { entered: 2, dropped: 2 });
		expect(text(outcome({ waiting: 20 }, { ended: 80 }), [tiny], [], null)).toContain(
			'20 are still on the way.'
		);
	});
	it('says so when nobody came yet, or nobody got there', () => {
		expect(text(outcome({ entered: 0 }), [], [], null)).toBe('Nobody has entered in this time.');
		expect(text(outcome({ entered: 1, waiting: 1 }), [], [], null)).toBe(
			'1 person has entered; nobody has reached the end yet. 1 is still on the way.'
		);
	});
});
