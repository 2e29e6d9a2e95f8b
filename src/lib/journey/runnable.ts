import type { StepKind } from './document.ts';

/**
 * The kinds that this version's runtime advances for real people; rehearsal knows all of them. The editor offers no
 * others, and publishing refuses them, so that nobody is left standing in a journey.
 */
export const RUNNABLE_KINDS: ReadonlySet<StepKind> = new Set([
	'trigger.time',
	'trigger.behavior',
	'trigger.transactional',
	'trigger.api',
	'trigger.segment',
	'trigger.manual',
	'decide.if',
	'decide.match',
	'decide.random',
	'wait.for',
	'wait.until',
	'wait.event',
	'wait.pace',
	'wait.approval',
	'send.email',
	'send.text',
	'contact.update',
	'segment.add',
	'segment.remove',
	'webhook.call',
	'notify.team',
	'journey.enter',
	'exit'
]);
