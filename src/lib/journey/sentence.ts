import type { JourneyDocument, Op, PropertyTest, Step, StepOf, Where } from './document.ts';
import { formatDuration, parseDurationParts, roughLength } from './duration.ts';
import { kinds } from './kinds.ts';

/** The words for slugs and keys. Each may answer with the key itself. */
export interface Names {
	template(slug: string): string;
	attribute(key: string): string;
	/** What to call a step that a condition names. */
	step?(id: string): string;
}

export interface StepSentence {
	/** What the step does: "Wait 2 days". A step with a label has it here. */
	title: string;
	/** The detail below it: "Operations · encrypted delivery". Empty where there is nothing to add. */
	line: string;
}

const EVENTS: Record<string, string> = {
	'email.opened': 'an email is opened',
	'email.clicked': 'a link in an email is clicked',
	'email.ignored': 'an email is ignored',
	'page.viewed': 'a page is viewed',
	'form.submitted': 'a form is submitted',
	'resource.downloaded': 'a resource is downloaded',
	'list.subscribed': 'a list is subscribed to'
};

/** An event's name as people say it: `visit.completed` is "visit completed". */
export function eventWords(name: string | undefined): string {
	return (name ?? '').replace(/[._-]+/g, ' ').trim();
}

function capital(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A label inside a sentence: "First name" is "first name", and "VIP" stays. */
function small(label: string): string {
	return /^\p{Lu}(?!\p{Lu})/u.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
}

function timeWords(config: StepOf<'trigger.time'>['config'], names: Names): string {
	const date = small(names.attribute(config.date));
	const parts = parseDurationParts(config.offset ?? '');
	if (!parts || roughLength(config.offset) === 0) return `On ${date}`;
	return `${formatDuration(config.offset)} ${parts.sign < 0 ? 'before' : 'after'} ${date}`;
}

/**
 * One step in a marketer's words, without ids or ISO durations. A step that is still being set up is called by its
 * kind, so drafts may come here as they are.
 */
export function describeStep(step: Step, names: Names): StepSentence {
	const said = isSetUp(step)
		? sayStep(step, names)
		: { title: kinds[step.kind]?.label ?? step.kind, line: '' };
	const line = step.disabled ? ['Turned off', said.line].filter(Boolean).join(' · ') : said.line;
	if (!step.label) return { title: said.title, line };
	return { title: step.label, line: line || (step.label === said.title ? '' : said.title) };
}

/** Whether a draft's step has what its sentence is made of. */
function isSetUp({ kind, config }: Step): boolean {
	if (!Object.hasOwn(kinds, kind)) return false;
	const wanted: Record<string, string> = {
		'trigger.time': 'date',
		'trigger.behavior': 'event',
		'trigger.transactional': 'event',
		'trigger.api': 'name',
		'decide.if': 'where',
		'wait.for': 'duration',
		'wait.event': 'event'
	};
	const key = wanted[kind];
	return key === undefined || Boolean((config as Record<string, unknown> | undefined)?.[key]);
}

function sayStep(step: Step, names: Names): StepSentence {
	switch (step.kind) {
		case 'trigger.time': {
			const every = step.config.repeat === 'yearly' ? 'every year' : 'once';
			return { title: capital(timeWords(step.config, names)), line: `at ${step.config.at}, ${every}` };
		}
		case 'trigger.behavior': {
			const after = step.config.for ? ` for ${formatDuration(step.config.for)}` : '';
			return {
				title: capital((EVENTS[step.config.event] ?? eventWords(step.config.event)).replace(/^an? /, '')),
				line: `when ${EVENTS[step.config.event] ?? eventWords(step.config.event)}${after}`
			};
		}
		case 'trigger.transactional':
			return { title: capital(eventWords(step.config.event)), line: `when ${step.config.event} arrives` };
		case 'trigger.api':
			return { title: capital(eventWords(step.config.name)), line: 'when your system calls it' };
		case 'decide.if':
			return { title: `${capital(describeWhere(step.config.where, names))}?`, line: '' };
		case 'wait.for':
			return { title: `Wait ${formatDuration(step.config.duration)}`, line: '' };
		case 'wait.event':
			return {
				title: `Wait until ${eventWords(step.config.event)}`,
				line: step.config.timeout ? `up to ${formatDuration(step.config.timeout)}` : ''
			};
		case 'send.email':
			return sayEmail(step, names);
		case 'exit':
			return { title: 'Exit', line: step.config.reason ?? '' };
	}
}

function sayEmail(step: StepOf<'send.email'>, names: Names): StepSentence {
	const { template, purpose, security, quietHours } = step.config;
	const words = purpose ? [capital(purpose)] : [];
	if (security === 'tls') words.push('encrypted delivery only');
	if (quietHours) words.push(`quiet ${quietHours.from}–${quietHours.to}`);
	return {
		title: template ? `Email “${names.template(template)}”` : 'Email',
		line: words.join(' · ')
	};
}

const OP_WORDS: Record<Op, string> = {
	'=': 'is',
	'!=': 'is not',
	'<': 'is below',
	'<=': 'is at most',
	'>': 'is above',
	'>=': 'is at least',
	in: 'is one of',
	contains: 'contains',
	startsWith: 'starts with',
	matches: 'matches',
	exists: 'is known',
	missing: 'is missing',
	before: 'is before',
	after: 'is after',
	withinLast: 'was in the last',
	withinNext: 'is in the next',
	anniversaryWithin: 'comes round in the next'
};

/** What the inspector calls an operator. */
export function opWords(op: Op): string {
	return OP_WORDS[op];
}

function valueWords(op: Op, value: unknown): string {
	if (op === 'exists' || op === 'missing') return '';
	if (op === 'withinLast' || op === 'withinNext' || op === 'anniversaryWithin') {
		return typeof value === 'string' ? formatDuration(value) : '…';
	}
	if (Array.isArray(value)) return value.map((each) => String(each)).join(', ') || '…';
	if (value === true) return 'yes';
	if (value === false) return 'no';
	return value === undefined || value === null || value === '' ? '…' : String(value);
}

function testWords(what: string, test: { op: Op; value?: unknown }): string {
	return [what, OP_WORDS[test.op], valueWords(test.op, test.value)].filter(Boolean).join(' ');
}

function propertyWords(tests: PropertyTest[] | undefined): string {
	if (!tests?.length) return '';
	return ` with ${tests.map((test) => testWords(eventWords(test.property), test)).join(' and ')}`;
}

/** A condition in words: "age is above 65 and opened “Visit survey”". */
export function describeWhere(where: Where, names: Names): string {
	if ('all' in where) return joinWords(where.all, ' and ', 'everyone', names);
	if ('any' in where) return joinWords(where.any, ' or ', 'nobody', names);
	if ('not' in where) return `not (${describeWhere(where.not, names)})`;
	if ('attribute' in where) return testWords(small(names.attribute(where.attribute)), where);
	if ('trigger' in where) return testWords(eventWords(where.trigger), where);
	if ('event' in where) {
		const { name, count, within } = where.event;
		const often = count ? ` ${OP_WORDS[count.op].replace('is ', '')} ${count.value} times` : '';
		const time = within ? ` in the last ${formatDuration(within)}` : '';
		return `${eventWords(name)}${propertyWords(where.event.where)}${often}${time}`;
	}
	if ('message' in where) {
		const { step, was, within } = where.message;
		const which = step ? `“${names.step?.(step) ?? step}”` : 'a message';
		return `${was} ${which}${within ? ` within ${formatDuration(within)}` : ''}`;
	}
	if ('segment' in where) return `in segment ${where.segment}`;
	if ('consent' in where) return `${where.consent} consent${where.topic ? ` for ${where.topic}` : ''}`;
	// A condition that somebody has just begun has no shape yet.
	return '…';
}

function joinWords(parts: Where[], word: string, none: string, names: Names): string {
	if (!parts.length) return none;
	return parts
		.map((part) => {
			const said = describeWhere(part, names);
			const mixed = ('all' in part || 'any' in part) && parts.length > 1;
			return mixed ? `(${said})` : said;
		})
		.join(word);
}

/** What to call each step of a document in a sentence about it. */
export function stepNames(document: JourneyDocument, names: Omit<Names, 'step'>): (id: string) => string {
	const titleById = new Map(document.steps.map((step) => [step.id, describeStep(step, names).title]));
	return (id) => titleById.get(id) ?? id;
}

/** The outcome as the canvas labels it. */
export function outcomeWords(outcome: string): string {
	return outcome === 'timeout' ? 'time is up' : outcome;
}

/** What the palette calls a kind. */
export function kindLabel(step: Step): string {
	return kinds[step.kind].label;
}
