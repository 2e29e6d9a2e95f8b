/** What a manager with two minutes reads first: how many got there, and where most of the others were lost. Pure. */
import { z } from 'zod';
import { formatCount, formatNumber, formatPercent } from '$lib/text/format.ts';
import type { Ending, Outcome } from './funnel.ts';
import type { ReportStep } from './report-steps.ts';
import { isByChoice, reasonWords } from './words.ts';

export const headlineSchema = z.array(z.object({ text: z.string(), loss: z.boolean() }));
/** The headline in parts; those about loss are coloured. */
export type Headline = z.infer<typeof headlineSchema>;

/** The share that got there on the version before. */
export interface Previous {
	number: number;
	share: number;
}

/** Below so many people, or this share of all who entered, a drop says more about chance than about the journey. */
const LEAST_PEOPLE = 5;
const LEAST_SHARE = 0.02;

interface Drop {
	share: number;
	base: number;
	text: string;
}

/** Shares of loss: messages never opened or not sent, and enrollments that ended where nobody meant them to. */
function dropsAt({ title, message, numbers }: ReportStep): Drop[] {
	const what = message ?? title;
	const drop = (lost: number, base: number, text: (share: string) => string): Drop => {
		const share = base > 0 ? lost / base : 0;
		return { share, base, text: text(formatPercent(share)) };
	};
	const faults = Object.entries(numbers.blockedBy).filter(([reason]) => !isByChoice(reason));
	const unsent = faults.reduce((sum, [, count]) => sum + count, numbers.failed);
	const why = faults.sort(([, a], [, b]) => b - a)[0]?.[0];
	return [
		drop(
			numbers.sent - numbers.engaged,
			numbers.sent,
			(share) => `${share} of those who got “${what}” never opened it`
		),
		drop(
			unsent,
			numbers.entered,
			(share) => `“${what}” could not be sent to ${share}${why ? `, mostly: ${reasonWords(why)}` : ''}`
		),
		drop(
			numbers.dropped,
			numbers.entered,
			(share) => `${share} of those who came to “${title}” dropped out there`
		)
	];
}

function steepestDrop(steps: readonly ReportStep[], entered: number): Drop | undefined {
	const least = Math.max(LEAST_PEOPLE, entered * LEAST_SHARE);
	return steps
		.flatMap(dropsAt)
		.filter((drop) => drop.share > 0 && drop.base >= least)
		.reduce<Drop | undefined>((most, drop) => (most && most.share >= drop.share ? most : drop), undefined);
}

export function headline(
	outcome: Outcome,
	steps: readonly ReportStep[],
	endings: readonly Ending[],
	previous: Previous | null
): Headline {
	const { whole } = outcome;
	if (whole.entered === 0) return [{ text: 'Nobody has entered in this time.', loss: false }];
	const drop = steepestDrop(steps, whole.entered);
	const parts = [{ text: `${sentenceOfShare(outcome, endings, previous)} `, loss: false }];
	if (drop) parts.push({ text: `The steepest drop: ${drop.text}.`, loss: true });
	else if (whole.waiting > 0)
		parts.push({ text: `${formatCount(whole.waiting, 'is', 'are')} still on the way.`, loss: false });
	return parts;
}

function sentenceOfShare(outcome: Outcome, endings: readonly Ending[], previous: Previous | null): string {
	const { whole, hasGoal, ended } = outcome;
	const got = hasGoal ? whole.reached : ended;
	const where = hasGoal ? 'the goal' : 'the end';
	if (got === 0)
		return `${formatCount(whole.entered, 'person has', 'people have')} entered; nobody has reached ${where} yet.`;
	const share = got / whole.entered;
	const change = previous ? `, ${changeWords(share, previous)}` : '';
	const exits = hasGoal ? '' : mainExits(endings, whole.entered);
	return `${formatPercent(share)} of ${formatNumber(whole.entered)} people reached ${where}${change}${exits}.`;
}

/** The two ends that most came out at, if there are several. */
function mainExits(endings: readonly Ending[], entered: number): string {
	const drawn = endings.filter((ending) => ending.tone === 'end' && ending.value > 0);
	if (drawn.length < 2) return '';
	const said = drawn
		.slice(0, 2)
		.map(({ label, value }) => `${formatPercent(value / entered)} ${quoted(label)}`);
	return `: ${said.join(', ')}`;
}

function quoted(label: string): string {
	return label.includes('“') ? label.charAt(0).toLowerCase() + label.slice(1) : `“${label}”`;
}

function changeWords(share: number, previous: Previous): string {
	const [now, before] = [formatPercent(share), formatPercent(previous.share)];
	const version = `version ${previous.number}`;
	if (now === before) return `the same as in ${version}`;
	return `${share > previous.share ? 'up' : 'down'} from ${before} in ${version}`;
}
