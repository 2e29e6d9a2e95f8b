/** Steps in a marketer's words, without ids or ISO durations. */
import { timeFormOf, type ConfigOf, type JourneyDocument, type Step, type StepKind } from './document.ts';
import {
	capital,
	describeWhere,
	eventWords,
	listWords,
	plainValue,
	small,
	type Names
} from './condition-words.ts';
import { formatDuration } from './duration.ts';
import { kinds } from './kinds.ts';
import { WEEKDAYS, dateWords, offsetWords, timeTriggerWords } from './time-words.ts';

export { describeWhere, eventWords, opWords, type Names } from './condition-words.ts';

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

/**
 * One step in a marketer's words, without ids or ISO durations. A step that is still being set up is called by its
 * kind, so drafts may come here as they are.
 */
export function describeStep(step: Step, names: Names): StepSentence {
	const said = isSetUp(step)
		? sayStep(step, names)
		: { title: kinds[step.kind]?.label ?? step.kind, line: '' };
	const line = joined(step.disabled && 'Turned off', said.line, isSetUp(step) && limitWords(step));
	if (!step.label) return { title: said.title, line };
	return { title: step.label, line: line || (step.label === said.title ? '' : said.title) };
}

function joined(...words: (string | false | undefined)[]): string {
	return words.filter(Boolean).join(' · ');
}

/** What the sentence of each kind is made of. */
const WANTED: Partial<Record<StepKind, readonly string[]>> = {
	'trigger.behavior': ['event'],
	'trigger.transactional': ['event'],
	'trigger.api': ['name'],
	'trigger.segment': ['segment', 'on'],
	'decide.if': ['where'],
	'decide.match': ['branches'],
	'decide.random': ['branches'],
	'wait.for': ['duration'],
	'wait.event': ['event'],
	'wait.pace': ['contacts', 'per'],
	'wait.approval': ['by'],
	'contact.update': ['set'],
	'segment.add': ['segment'],
	'segment.remove': ['segment'],
	'webhook.call': ['url'],
	'notify.team': ['to'],
	'journey.enter': ['journey']
};

const WANTED_OF_TIME = {
	date: ['date'],
	every: ['every', 'at'],
	inactive: ['inactive'],
	once: ['at']
} as const;

/** Whether a draft's step has what its sentence is made of. */
function isSetUp({ kind, config }: Step): boolean {
	if (!Object.hasOwn(kinds, kind)) return false;
	const keys = kind === 'trigger.time' ? WANTED_OF_TIME[timeFormOf(config)] : (WANTED[kind] ?? []);
	return keys.every((key) => Boolean((config as Record<string, unknown> | undefined)?.[key]));
}

function limitWords({ kind, config }: Step): string {
	if (!kind.startsWith('trigger.')) return '';
	const limit = (config as { limit?: { contacts: number; per: string } } | undefined)?.limit;
	return limit ? `at most ${limit.contacts} in ${formatDuration(limit.per)}` : '';
}

function sayStep(step: Step, names: Names): StepSentence {
	switch (step.kind) {
		case 'trigger.time':
			return timeTriggerWords(step.config, names);
		case 'trigger.behavior':
			return sayBehavior(step.config);
		case 'trigger.transactional':
			return { title: capital(eventWords(step.config.event)), line: `when ${step.config.event} arrives` };
		case 'trigger.api':
			return { title: capital(eventWords(step.config.name)), line: 'when your system calls it' };
		case 'trigger.segment': {
			const verb = step.config.on === 'leave' ? 'leave' : 'enter';
			return {
				title: `${capital(verb)}s “${segmentName(step.config.segment, names)}”`,
				line: `when contacts ${verb} the segment`
			};
		}
		case 'trigger.manual':
			return { title: 'By hand', line: 'by a person, an import or another journey' };
		case 'decide.if':
			return { title: `${capital(describeWhere(step.config.where, names))}?`, line: '' };
		case 'decide.match':
			return { title: 'Several ways', line: `the first of ${matchWords(step.config, names)}` };
		case 'decide.random':
			return { title: 'Random split', line: shareWords(step.config) };
		case 'wait.for':
			return { title: `Wait ${formatDuration(step.config.duration)}`, line: '' };
		case 'wait.until':
			return sayUntil(step.config, names);
		case 'wait.event':
			return {
				title: `Wait until ${eventWords(step.config.event)}`,
				line: upTo(step.config.timeout)
			};
		case 'wait.pace':
			return {
				title: 'Wait for its turn',
				line: `${step.config.contacts} contacts in ${formatDuration(step.config.per)}`
			};
		case 'wait.approval':
			return {
				title: 'Wait for approval',
				line: joined(`by ${listWords([step.config.by].flat(), 'or')}`, upTo(step.config.timeout))
			};
		case 'send.email':
			return saySending('Email', step.config, names);
		case 'send.text':
			return saySending('Text', step.config, names);
		case 'contact.update':
			return sayUpdate(step.config, names);
		case 'segment.add':
			return { title: `Add to “${segmentName(step.config.segment, names)}”`, line: '' };
		case 'segment.remove':
			return { title: `Remove from “${segmentName(step.config.segment, names)}”`, line: '' };
		case 'webhook.call':
			return sayWebhook(step.config, names);
		case 'notify.team':
			return { title: `Tell ${peopleWords(step.config.to)}`, line: step.config.message ?? '' };
		case 'journey.enter':
			return {
				title: `Enter “${names.journey?.(step.config.journey) ?? step.config.journey}”`,
				line: step.config.stay ? 'and go on here' : 'and end here'
			};
		case 'exit':
			return { title: 'Exit', line: step.config.reason ?? '' };
	}
}

function segmentName(slug: string, names: Names): string {
	return names.segment?.(slug) ?? slug;
}

function upTo(timeout: string | undefined): string {
	return timeout ? `up to ${formatDuration(timeout)}` : '';
}

function sayBehavior(config: ConfigOf<'trigger.behavior'>): StepSentence {
	const words = EVENTS[config.event] ?? eventWords(config.event);
	const after = config.for ? ` for ${formatDuration(config.for)}` : '';
	return { title: capital(words.replace(/^an? /, '')), line: `when ${words}${after}` };
}

/** What a branch is called: its label, else what it is by. */
function branchWords(branch: { id: string; label?: string }, otherwise: string): string {
	return branch.label?.trim() || otherwise;
}

function matchWords({ branches }: ConfigOf<'decide.match'>, names: Names): string {
	return branches
		.map((branch) => branchWords(branch, branch.where ? describeWhere(branch.where, names) : branch.id))
		.join(', ');
}

function shareWords({ branches }: ConfigOf<'decide.random'>): string {
	const sum = branches.reduce((total, branch) => total + (branch.weight || 0), 0);
	return branches
		.map((branch) => {
			const share = sum > 0 ? Math.round((100 * (branch.weight || 0)) / sum) : 0;
			return `${branchWords(branch, branch.id)} ${share}%`;
		})
		.join(', ');
}

function sayUntil(config: ConfigOf<'wait.until'>, names: Names): StepSentence {
	const { at, until, days, date, offset } = config;
	if (date) {
		const words = offset ? offsetWords(date, offset, names) : dateWords(date, names);
		return { title: `Wait until ${words}`, line: at ? `at ${at}` : '' };
	}
	const weekdays = days?.length
		? listWords(
				days.map((day) => WEEKDAYS[day - 1] ?? String(day)),
				'or'
			)
		: '';
	const time = at && until ? `${at}–${until}` : at;
	if (!weekdays) return { title: time ? `Wait until ${time}` : kinds['wait.until'].label, line: '' };
	return { title: `Wait until ${weekdays}`, line: time ? `${until ? 'within' : 'at'} ${time}` : '' };
}

type Sending = Partial<ConfigOf<'send.email'>>;

function saySending(what: string, config: Sending, names: Names): StepSentence {
	const { template, purpose, security, quietHours } = config;
	const secure = { tls: 'encrypted delivery only', portal: 'through the portal', auto: '' };
	return {
		title: template ? `${what} “${names.template(template)}”` : what,
		line: joined(
			purpose && capital(purpose),
			security && secure[security],
			quietHours && `quiet ${quietHours.from}–${quietHours.to}`
		)
	};
}

function sayUpdate({ set }: ConfigOf<'contact.update'>, names: Names): StepSentence {
	const keys = Object.keys(set);
	const [first] = keys;
	if (first === undefined) return { title: kinds['contact.update'].label, line: '' };
	if (keys.length > 2) return { title: `Set ${keys.length} attributes`, line: attributesWords(keys, names) };
	return {
		title: `Set ${attributesWords(keys, names)}`,
		line: keys.length === 1 ? valueLine(set[first]) : ''
	};
}

function attributesWords(keys: string[], names: Names): string {
	return listWords(keys.map((key) => small(names.attribute(key))));
}

function valueLine(value: unknown): string {
	if (value === null || value === '') return 'to nothing';
	if (typeof value === 'string' && /\{[{%]/.test(value)) return 'to what a template says';
	return `to ${plainValue(value)}`;
}

function sayWebhook({ url, method, save }: ConfigOf<'webhook.call'>, names: Names): StepSentence {
	const host = /^https?:\/\/([^/?#:@]+)/i.exec(url)?.[1] ?? url;
	return {
		title: `Call ${host}`,
		line: joined(method, save && `keeps the answer in ${small(names.attribute(save))}`)
	};
}

function peopleWords(to: string[]): string {
	return to.length > 2 ? `${to.length} people` : listWords(to);
}

/** What to call each step of a document in a sentence about it. */
export function stepNames(document: JourneyDocument, names: Omit<Names, 'step'>): (id: string) => string {
	const titleById = new Map(document.steps.map((step) => [step.id, describeStep(step, names).title]));
	return (id) => titleById.get(id) ?? id;
}

const OUTCOME_WORDS: Record<string, string> = {
	timeout: 'time is up',
	past: 'date is past',
	else: 'otherwise'
};

/** The outcome as the canvas labels it. */
export function outcomeWords(outcome: string): string {
	return OUTCOME_WORDS[outcome] ?? outcome;
}
