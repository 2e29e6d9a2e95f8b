import type { Step, StepKind } from './document.ts';

export type StepGroup = 'trigger' | 'decision' | 'wait' | 'message' | 'end';

export interface Kind {
	group: StepGroup;
	/** What the palette calls it. */
	label: string;
	/** One sentence for who has never used it. */
	hint: string;
	/** The outcomes in the order they are drawn. Every step but a trigger and an exit ends with `repeat` (§6). */
	outcomes(step?: Step): string[];
}

const trigger = () => ['next'];
const wait = () => ['next', 'repeat'];

/** The step kinds of this version. */
export const kinds: Record<StepKind, Kind> = {
	'trigger.time': {
		group: 'trigger',
		label: 'Time or date',
		hint: 'Starts on, before or after a date of the contact, such as a birthday or a visit.',
		outcomes: trigger
	},
	'trigger.behavior': {
		group: 'trigger',
		label: 'Behaviour',
		hint: 'Starts when the contact opens, clicks, ignores, views, submits or downloads something.',
		outcomes: trigger
	},
	'trigger.transactional': {
		group: 'trigger',
		label: 'Business event',
		hint: 'Starts when an event arrives, such as a completed visit or a shipped order.',
		outcomes: trigger
	},
	'trigger.api': {
		group: 'trigger',
		label: 'API call',
		hint: 'Starts when one of your systems calls this trigger by name.',
		outcomes: trigger
	},
	'decide.if': {
		group: 'decision',
		label: 'If',
		hint: 'Sends contacts one of two ways, by a condition.',
		outcomes: () => ['yes', 'no', 'repeat']
	},
	'wait.for': {
		group: 'wait',
		label: 'For a time',
		hint: 'Holds the contact for some minutes, hours, days or months.',
		outcomes: wait
	},
	'wait.event': {
		group: 'wait',
		label: 'Until an event',
		hint: 'Holds the contact until something happens, or until the time is up.',
		outcomes: () => ['happened', 'timeout', 'repeat']
	},
	'send.email': {
		group: 'message',
		label: 'Email',
		hint: 'Sends a message to the contact, if it may be sent.',
		outcomes: () => ['next', 'blocked', 'failed', 'repeat']
	},
	exit: {
		group: 'end',
		label: 'Exit',
		hint: 'Ends the journey for the contact here.',
		outcomes: () => ['repeat']
	}
};

/** The outcomes that a step may have an edge on; none for a kind that this version does not know. */
export function outcomesOf(step: Step): string[] {
	return Object.hasOwn(kinds, step.kind) ? kinds[step.kind].outcomes(step) : [];
}

/** Only a step that has the outcome `next` can be passed by, so only such a one can be disabled. */
export function canDisable(kind: StepKind): boolean {
	return kinds[kind].outcomes().includes('next');
}

export function groupOf(kind: StepKind): StepGroup {
	return kinds[kind].group;
}
