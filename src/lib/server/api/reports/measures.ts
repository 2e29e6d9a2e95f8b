/** The measures that a list of people can be asked for, and how each is called. Pure. */
import { z } from 'zod';
import type { StepNumbers } from './step-numbers.ts';
import { outcomeInWords, reasonWords } from './words.ts';

const visitMeasures = ['entered', 'left', 'waiting', 'dropped', 'reached', 'end'] as const;
const messageMeasures = [
	'sent',
	'delivered',
	'opened',
	'clicked',
	'engaged',
	'unopened',
	'machine',
	'blocked',
	'failed',
	'unsent',
	'bounced',
	'complained',
	'unsubscribed'
] as const;

export type VisitMeasure = (typeof visitMeasures)[number];
export type MessageMeasure = (typeof messageMeasures)[number];

/** A measure and, after a colon, which: `left:yes`, `dropped:loop`, `blocked:no-address`. */
export type Measure =
	| { of: 'visits'; name: VisitMeasure; which: string | null }
	| { of: 'messages'; name: MessageMeasure; which: string | null }
	| { of: 'refusals'; name: 'refused'; which: string | null };

const includes = <T extends string>(names: readonly T[], name: string): name is T =>
	(names as readonly string[]).includes(name);

export const measureSchema = z
	.string()
	.max(300)
	.transform((text, context): Measure => {
		const at = text.indexOf(':');
		const name = at === -1 ? text : text.slice(0, at);
		const which = at === -1 ? null : text.slice(at + 1);
		if (includes(visitMeasures, name)) return { of: 'visits', name, which };
		if (includes(messageMeasures, name)) return { of: 'messages', name, which };
		if (name === 'refused') return { of: 'refusals', name, which };
		context.addIssue({ code: 'custom', message: 'There is no such number in a report.' });
		return z.NEVER;
	});

/** What the counts say of a measure; null for `end`, which the graph decides. */
export function valueOf({ name, which }: Measure, numbers: StepNumbers): number | null {
	switch (name) {
		case 'left':
			return which === null ? numbers.left : (numbers.outcomes[which] ?? 0);
		case 'dropped':
			return which === null ? numbers.dropped : (numbers.droppedBy[which] ?? 0);
		case 'blocked':
			return which === null ? numbers.blocked : (numbers.blockedBy[which] ?? 0);
		case 'refused':
			return which === null ? numbers.refused : (numbers.refusedBy[which] ?? 0);
		case 'unopened':
			return numbers.sent - numbers.engaged;
		case 'unsent':
			return numbers.blocked + numbers.failed;
		case 'end':
			return null;
		default:
			return numbers[name];
	}
}

const titles: Record<Exclude<Measure['name'], 'left' | 'dropped' | 'blocked' | 'refused'>, string> = {
	entered: 'Came to this step',
	waiting: 'Waiting here now',
	reached: 'Reached the goal',
	end: 'Reached the end',
	sent: 'Got the message',
	delivered: 'Had the message delivered',
	opened: 'Opened the message',
	clicked: 'Clicked a link',
	engaged: 'Opened the message or clicked',
	unopened: 'Never opened the message',
	machine: 'Opened by a machine, not by a person',
	failed: 'Sending failed',
	unsent: 'Not sent',
	bounced: 'Bounced',
	complained: 'Complained',
	unsubscribed: 'Unsubscribed'
};

/** What the list is called: "Left by yes", "Not sent: no address". */
export function measureTitle({ name, which }: Measure, wholeJourney: boolean): string {
	switch (name) {
		case 'entered':
			return wholeJourney ? 'Entered the journey' : titles.entered;
		case 'waiting':
			return wholeJourney ? 'Inside now' : titles.waiting;
		case 'left':
			return which === null ? 'Went on from this step' : `Left this step: ${outcomeInWords(which)}`;
		case 'dropped':
			return which === null ? 'Dropped out' : `Dropped out: ${reasonWords(which)}`;
		case 'blocked':
			return which === null ? 'Not sent' : `Not sent: ${reasonWords(which)}`;
		case 'refused':
			return which === null ? 'Turned away at the entry' : `Turned away: ${reasonWords(which)}`;
		default:
			return titles[name];
	}
}
