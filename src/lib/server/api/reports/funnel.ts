/** The bars of "Where people drop off", and how people's journeys ended. Pure. */
import { z } from 'zod';
import { formatNumber } from '$lib/text/format.ts';
import type { ReportStep } from './report-steps.ts';
import type { StepNumbers } from './step-numbers.ts';
import { isByChoice, outcomeInWords, reasonWords, sentence } from './words.ts';

/** A number and the list of people behind it: a measure at a step, or of the whole journey where `step` is null. */
const figure = z.object({
	label: z.string(),
	value: z.number(),
	step: z.string().nullable(),
	measure: z.string()
});
export const figureSchema = figure;
export type Figure = z.infer<typeof figureSchema>;

export const barSchema = figure.extend({
	/** What became of the others, in a few words. */
	note: z.string().nullable(),
	/** Shares of the bar that are drawn inside it, the largest first. */
	parts: z.array(figure)
});
export type Bar = z.infer<typeof barSchema>;

/** What the whole journey came to. */
export interface Outcome {
	whole: StepNumbers;
	/** Whether there is a goal to reach; else the end is what counts. */
	hasGoal: boolean;
	/** Enrollments that came to an end as it was drawn. */
	ended: number;
}

/** Entered, each message, and the end. A single message gets bars of its own for opens and clicks. */
export function funnelBars(steps: readonly ReportStep[], outcome: Outcome): Bar[] {
	const messages = steps.filter(
		(step) => step.message !== null && (step.current || step.numbers.entered > 0)
	);
	const only = messages.length === 1 ? messages[0] : undefined;
	return [
		bar('Entered', outcome.whole.entered, null, 'entered'),
		...(only ? barsOfOnly(only) : messages.map(barWithParts)),
		endBar(outcome)
	];
}

function bar(
	label: string,
	value: number,
	step: string | null,
	measure: string,
	note: string | null = null
): Bar {
	return { label, value, step, measure, note, parts: [] };
}

function barsOfOnly({ id, message, numbers }: ReportStep): Bar[] {
	const unopened = numbers.sent - numbers.engaged;
	const readOnly = numbers.engaged - numbers.clicked;
	return [
		bar(`Got “${message}”`, numbers.sent, id, 'sent', notSentNote(numbers)),
		bar(
			'Opened it',
			numbers.engaged,
			id,
			'engaged',
			unopened > 0 ? `${formatNumber(unopened)} did not` : null
		),
		bar(
			'Clicked',
			numbers.clicked,
			id,
			'clicked',
			readOnly > 0 ? `${formatNumber(readOnly)} read, did not click` : null
		)
	];
}

function barWithParts({ id, message, numbers }: ReportStep): Bar {
	return {
		...bar(`Got “${message}”`, numbers.sent, id, 'sent', notSentNote(numbers)),
		parts: [
			{ label: 'opened', value: numbers.engaged, step: id, measure: 'engaged' },
			{ label: 'clicked', value: numbers.clicked, step: id, measure: 'clicked' }
		]
	};
}

function notSentNote(numbers: StepNumbers): string | null {
	const notSent = numbers.blocked + numbers.failed;
	return notSent > 0 ? `${formatNumber(notSent)} not sent` : null;
}

function endBar({ whole, hasGoal, ended }: Outcome): Bar {
	const note = whole.waiting > 0 ? `${formatNumber(whole.waiting)} still inside` : null;
	return hasGoal
		? bar('Reached the goal', whole.reached, null, 'reached', note)
		: bar('Reached the end', ended, null, 'end', note);
}

export const endingSchema = figure.extend({ tone: z.enum(['goal', 'end', 'loss']) });
/** One way in which journeys ended, and how many did. */
export type Ending = z.infer<typeof endingSchema>;

/** How many came to each end: `outcome` is null at an exit step. */
export interface EndCount {
	step: ReportStep;
	outcome: string | null;
	count: number;
}

/** The ways in which journeys ended: the goal, the ends that were drawn, and the losses by reason. */
export function endings(ends: readonly EndCount[], { whole, hasGoal }: Outcome): Ending[] {
	const goal: Ending[] = hasGoal
		? [{ label: 'Reached the goal', value: whole.reached, step: null, measure: 'reached', tone: 'goal' }]
		: [];
	const drawn = ends
		.filter((end) => end.count > 0 || end.outcome === null || end.outcome === 'next')
		.map((end): Ending => ({
			label: endLabel(end),
			value: end.count,
			step: end.step.id,
			measure: end.outcome === null ? 'entered' : `left:${end.outcome}`,
			tone: 'end'
		}));
	const lost = Object.entries(whole.droppedBy).map(([reason, value]): Ending => ({
		label: `Dropped: ${reasonWords(reason)}`,
		value,
		step: null,
		measure: `dropped:${reason}`,
		tone: 'loss'
	}));
	return [...goal, ...drawn.sort((a, b) => b.value - a.value), ...lost.sort((a, b) => b.value - a.value)];
}

function endLabel({ step, outcome }: EndCount): string {
	if (outcome === null) return step.title === 'Exit' && step.line ? sentence(step.line) : step.title;
	return outcome === 'next' ? `After “${step.title}”` : `After “${step.title}”: ${outcomeInWords(outcome)}`;
}

/** Messages that were not sent and entries that were turned away, by reason, the most common first. */
export function turnedAway(whole: StepNumbers): Ending[] {
	const figures = (record: Record<string, number>, what: string, measure: string, tone: typeof toneOf) =>
		Object.entries(record).map(([reason, value]): Ending => ({
			label: `${what}: ${reasonWords(reason)}`,
			value,
			step: null,
			measure: `${measure}:${reason}`,
			tone: tone(reason)
		}));
	const toneOf = (reason: string): Ending['tone'] => (isByChoice(reason) ? 'end' : 'loss');
	const all = [
		...figures(whole.blockedBy, 'Not sent', 'blocked', toneOf),
		...figures(whole.refusedBy, 'Turned away', 'refused', () => 'end')
	];
	if (whole.failed > 0)
		all.push({ label: 'Sending failed', value: whole.failed, step: null, measure: 'failed', tone: 'loss' });
	return all.filter((figure) => figure.value > 0).sort((a, b) => b.value - a.value);
}
