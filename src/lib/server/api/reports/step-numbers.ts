/** The numbers of a report, shaped from the rows of `step_counts`. The definitions are the journey language's (§8). */
import { z } from 'zod';

/** One sum of `step_counts`. */
export interface CountRow {
	versionId: number;
	step: string;
	measure: string;
	count: number;
}

const byName = z.record(z.string(), z.number());

/** The numbers of one step, or of a whole journey. Every one counts visits, messages or refusals; none counts people twice over. */
export const stepNumbersSchema = z.object({
	/** Visits to the step. */
	entered: z.number(),
	/** Visits that left by an outcome, and by which. */
	left: z.number(),
	outcomes: byName,
	/** Visits that are still there. */
	waiting: z.number(),
	/** Enrollments that ended here without meaning to, and why. */
	dropped: z.number(),
	droppedBy: byName,
	/** Enrollments that ended here because their goal was reached. */
	reached: z.number(),
	sent: z.number(),
	delivered: z.number(),
	/** With at least one open, click or either by a human. */
	opened: z.number(),
	clicked: z.number(),
	engaged: z.number(),
	/** Opened by a machine: mail scanners and privacy proxies. */
	machine: z.number(),
	blocked: z.number(),
	blockedBy: byName,
	failed: z.number(),
	bounced: z.number(),
	complained: z.number(),
	unsubscribed: z.number(),
	/** Goals credited to the step's message. */
	converted: z.number(),
	/** Entries that a trigger turned away, and why. */
	refused: z.number(),
	refusedBy: byName
});
export type StepNumbers = z.infer<typeof stepNumbersSchema>;

export function noNumbers(): StepNumbers {
	return {
		entered: 0,
		left: 0,
		outcomes: {},
		waiting: 0,
		dropped: 0,
		droppedBy: {},
		reached: 0,
		sent: 0,
		delivered: 0,
		opened: 0,
		clicked: 0,
		engaged: 0,
		machine: 0,
		blocked: 0,
		blockedBy: {},
		failed: 0,
		bounced: 0,
		complained: 0,
		unsubscribed: 0,
		converted: 0,
		refused: 0,
		refusedBy: {}
	};
}

const plain = new Set([
	'entered',
	'sent',
	'delivered',
	'opened',
	'clicked',
	'engaged',
	'machine',
	'failed',
	'bounced',
	'complained',
	'unsubscribed',
	'converted'
] as const);
type PlainMeasure = typeof plain extends Set<infer M> ? M : never;

function isPlain(measure: string): measure is PlainMeasure {
	return (plain as Set<string>).has(measure);
}

function addTo(record: Record<string, number>, name: string, count: number): void {
	record[name] = (record[name] ?? 0) + count;
}

/** Adds one sum to the numbers it belongs to. A measure of a later version counts nowhere here. */
function add(numbers: StepNumbers, measure: string, count: number): void {
	if (isPlain(measure)) {
		numbers[measure] += count;
		if (measure === 'entered') numbers.waiting += count;
		return;
	}
	const at = measure.indexOf(':');
	const name = measure.slice(at + 1);
	switch (measure.slice(0, at)) {
		case 'left':
			numbers.left += count;
			numbers.waiting -= count;
			return addTo(numbers.outcomes, name, count);
		case 'ended':
			numbers.waiting -= count;
			if (name === 'converted') numbers.reached += count;
			return;
		case 'carried':
			// Moved to another version with the step, while waiting there: the visit stays one.
			numbers.waiting += name === 'in' ? count : -count;
			return;
		case 'dropped':
			// Reaching the goal is no loss.
			if (name === 'converted') return;
			numbers.dropped += count;
			return addTo(numbers.droppedBy, name, count);
		case 'blocked':
			numbers.blocked += count;
			return addTo(numbers.blockedBy, name, count);
		case 'refused':
			numbers.refused += count;
			return addTo(numbers.refusedBy, name, count);
	}
}

/** The numbers of each step that anybody visited, over all versions in `rows`. */
export function numbersByStep(rows: readonly CountRow[]): Map<string, StepNumbers> {
	const byStep = new Map<string, StepNumbers>();
	for (const { step, measure, count } of rows) {
		const numbers = byStep.get(step) ?? noNumbers();
		byStep.set(step, numbers);
		add(numbers, measure, count);
	}
	return byStep;
}

/** All steps as one: `entered` counts those who came in by a trigger, `left` has no meaning and stays what it sums to. */
export function wholeJourney(rows: readonly CountRow[], isTrigger: (row: CountRow) => boolean): StepNumbers {
	const whole = noNumbers();
	for (const row of rows) add(whole, row.measure, row.count);
	whole.entered = rows
		.filter((row) => row.measure === 'entered' && isTrigger(row))
		.reduce((sum, row) => sum + row.count, 0);
	return whole;
}
