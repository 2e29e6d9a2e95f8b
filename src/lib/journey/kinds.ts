import type { Step, StepKind } from './document.ts';

/** The groups of the palette, in its order. */
export const STEP_GROUPS = ['trigger', 'decision', 'wait', 'message', 'people', 'journey', 'end'] as const;
export type StepGroup = (typeof STEP_GROUPS)[number];

export interface Kind {
	group: StepGroup;
	/** What the palette calls it. */
	label: string;
	/** One sentence for who has never used it. */
	hint: string;
	/**
	 * The outcomes in the order they are drawn; with a step, its own branches among them. Every step but a trigger ends
	 * with `repeat` (§6).
	 */
	outcomes(step?: Pick<Step, 'kind' | 'config'> | { config: unknown }): string[];
}

const trigger = () => ['next'];
const onward = () => ['next', 'repeat'];

/** The ids of a decision's branches, as far as they can be read. */
function branchesOf(step: { config: unknown } | undefined): string[] {
	const branches = (step?.config as { branches?: unknown } | null | undefined)?.branches;
	if (!Array.isArray(branches)) return [];
	return branches
		.map((branch: unknown) => (branch as { id?: unknown } | null)?.id)
		.filter((id): id is string => typeof id === 'string' && id !== '');
}

/** The step kinds, in the order of the palette. */
export const kinds: Record<StepKind, Kind> = {
	'trigger.time': {
		group: 'trigger',
		label: 'Time or date',
		hint: 'Starts on, before or after a date of the contact, such as a birthday or a visit; at a set time; or after a silence.',
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
	'trigger.segment': {
		group: 'trigger',
		label: 'Segment',
		hint: 'Starts when the contact enters or leaves a segment.',
		outcomes: trigger
	},
	'trigger.manual': {
		group: 'trigger',
		label: 'By hand',
		hint: 'Starts when a person, an import or another journey puts the contact in.',
		outcomes: trigger
	},
	'decide.if': {
		group: 'decision',
		label: 'If',
		hint: 'Sends contacts one of two ways, by a condition.',
		outcomes: () => ['yes', 'no', 'repeat']
	},
	'decide.match': {
		group: 'decision',
		label: 'Several ways',
		hint: 'Sends contacts the first way whose condition they fulfil.',
		outcomes: (step) => [...branchesOf(step), 'else', 'repeat']
	},
	'decide.random': {
		group: 'decision',
		label: 'Random split',
		hint: 'Sends contacts different ways by chance, always the same way for the same contact.',
		outcomes: (step) => [...branchesOf(step), 'repeat']
	},
	'wait.for': {
		group: 'wait',
		label: 'For a time',
		hint: 'Holds the contact for some minutes, hours, days or months.',
		outcomes: onward
	},
	'wait.until': {
		group: 'wait',
		label: 'Until a time',
		hint: 'Holds the contact until a time of day, a day of the week, or a date of theirs.',
		outcomes: () => ['next', 'past', 'repeat']
	},
	'wait.event': {
		group: 'wait',
		label: 'Until an event',
		hint: 'Holds the contact until something happens, or until the time is up.',
		outcomes: () => ['happened', 'timeout', 'repeat']
	},
	'wait.pace': {
		group: 'wait',
		label: 'For its turn',
		hint: 'Lets only so many contacts on in a time, in order, such as 50 an hour for a call centre.',
		outcomes: onward
	},
	'wait.approval': {
		group: 'wait',
		label: 'For a person',
		hint: 'Asks somebody of the team to look at this contact first.',
		outcomes: () => ['approved', 'declined', 'timeout', 'repeat']
	},
	'send.email': {
		group: 'message',
		label: 'Email',
		hint: 'Sends a message to the contact, if it may be sent.',
		outcomes: () => ['next', 'blocked', 'failed', 'repeat']
	},
	'send.text': {
		group: 'message',
		label: 'Text message',
		hint: 'Sends a text message to the contact’s phone, if it may be sent.',
		outcomes: () => ['next', 'blocked', 'failed', 'repeat']
	},
	'contact.update': {
		group: 'people',
		label: 'Update contact',
		hint: 'Writes attributes of the contact.',
		outcomes: onward
	},
	'segment.add': {
		group: 'people',
		label: 'Add to segment',
		hint: 'Puts the contact into a segment that is kept by hand.',
		outcomes: onward
	},
	'segment.remove': {
		group: 'people',
		label: 'Remove from segment',
		hint: 'Takes the contact out of a segment that is kept by hand.',
		outcomes: onward
	},
	'notify.team': {
		group: 'people',
		label: 'Tell the team',
		hint: 'Sends a note to people of the team.',
		outcomes: onward
	},
	'webhook.call': {
		group: 'people',
		label: 'Webhook',
		hint: 'Calls one of your systems, and can keep its answer.',
		outcomes: () => ['next', 'failed', 'repeat']
	},
	'journey.enter': {
		group: 'journey',
		label: 'Enter a journey',
		hint: 'Puts the contact into another journey, and goes on here or ends.',
		outcomes: () => ['next', 'refused', 'repeat']
	},
	exit: {
		group: 'end',
		label: 'Exit',
		hint: 'Ends the journey for the contact here.',
		outcomes: () => ['repeat']
	}
};

/** The outcomes that a step may have an edge on; none for a kind that this version does not know. */
export function outcomesOf(step: { kind: StepKind; config: unknown }): string[] {
	return Object.hasOwn(kinds, step.kind) ? kinds[step.kind].outcomes(step) : [];
}

/** Only a step that has the outcome `next` can be passed by, so only such a one can be disabled. */
export function canDisable(kind: StepKind): boolean {
	return kinds[kind].outcomes().includes('next');
}

/** What a kind is called where no heading of its group stands above it: "Wait for its turn". */
export function kindName(kind: StepKind): string {
	const { group, label } = kinds[kind];
	return group === 'wait' ? `Wait ${label.charAt(0).toLowerCase()}${label.slice(1)}` : label;
}

export function groupOf(kind: StepKind): StepGroup {
	return kinds[kind].group;
}
