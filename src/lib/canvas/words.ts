/** What the editor says about steps and outcomes. */
import { configSchemas, type Step, type StepKind } from '$lib/journey/document.ts';
import { kinds } from '$lib/journey/kinds.ts';
import { describeStep, eventWords, type Names, type StepSentence } from '$lib/journey/sentence.ts';
import type { Workspace } from '$lib/journey/index.ts';
import { stepsByIdOf } from './lookups.ts';
import { mainOutcomes, type DraftDocument, type DraftStep } from './document.ts';

/** What a step of each kind is called and asks for while something is still missing. */
const unfinished: Record<StepKind, StepSentence> = {
	'trigger.time': { title: 'Time or date', line: 'Needs a date' },
	'trigger.behavior': { title: 'Behaviour', line: 'Needs what the contact does' },
	'trigger.transactional': { title: 'Business event', line: 'Needs an event' },
	'trigger.api': { title: 'API call', line: 'Needs a name' },
	'decide.if': { title: 'If', line: 'Needs a condition' },
	'wait.for': { title: 'Wait', line: 'Needs a length' },
	'wait.event': { title: 'Wait until an event', line: 'Needs an event' },
	'send.email': { title: 'Email', line: 'Needs a message' },
	exit: { title: 'Exit', line: '' }
};

/** What a step does, in words; for one that is not finished, what it still needs. */
export function sayStep(step: DraftStep, names: Names): StepSentence {
	const config = configSchemas[step.kind].safeParse(step.config);
	if (config.success && !hasNoCondition(step)) {
		// The schema of this very kind has just read the config.
		const said = describeStep({ ...step, config: config.data } as Step, names);
		return said.line === said.title ? { title: said.title, line: '' } : said;
	}
	const words = unfinished[step.kind];
	return step.label ? { title: step.label, line: words.line || words.title } : words;
}

function hasNoCondition(step: DraftStep): boolean {
	const where = step.config.where;
	return (
		step.kind === 'decide.if' &&
		typeof where === 'object' &&
		where !== null &&
		'all' in where &&
		Array.isArray(where.all) &&
		where.all.length === 0
	);
}

/** What the palette button of a kind is called for those who can't see the heading above it. */
export function addName(kind: StepKind): string {
	return kinds[kind].group === 'wait' ? `Wait ${lowerFirst(kinds[kind].label)}` : kinds[kind].label;
}

const outcomeLabels: Record<string, string> = {
	next: 'Then',
	yes: 'If yes',
	no: 'If no',
	happened: 'If it happens',
	timeout: 'If time runs out',
	blocked: 'If it may not be sent',
	failed: 'If sending fails',
	repeat: 'If they come here too often'
};

/** An outcome as the inspector asks for it: "If yes", "Then". */
export function outcomeQuestion(outcome: string): string {
	return outcomeLabels[outcome] ?? `If ${outcome}`;
}

const edgeLabels: Record<string, string> = {
	timeout: 'time is up',
	blocked: 'not sent',
	repeat: 'too often'
};

/** An outcome as its edge shows it; nothing for the only way on. */
export function outcomeLabel(kind: StepKind, outcome: string): string {
	if (outcome === 'next' && mainOutcomes(kind).length === 1) return '';
	return edgeLabels[outcome] ?? outcome;
}

export function upperFirst(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}

export function lowerFirst(text: string): string {
	return text.charAt(0).toLowerCase() + text.slice(1);
}

/** "1 step", "3 steps". */
export function countOf(count: number, one: string, many = `${one}s`): string {
	return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** A subject with its placeholders in words: "How did we do, ‹First name›?" */
export function plainSubject(subject: string, names: Names): string {
	return subject.replace(/\{\{\s*(contact|trigger)\.(\w+)[^}]*\}\}/g, (_, of: string, key: string) =>
		of === 'contact' ? `‹${names.attribute(key)}›` : `‹${eventWords(key)}›`
	);
}

/** The names of the templates, attributes and steps that a document speaks of. */
export function namesFor(document: DraftDocument, workspace: Workspace): Names {
	const templateNames = new Map(workspace.templates.map(({ slug, name }) => [slug, name]));
	const attributeLabels = new Map(workspace.attributes.map(({ key, label }) => [key, label]));
	const stepsById = stepsByIdOf(document);
	const plain: Names = {
		template: (slug) => templateNames.get(slug) ?? slug,
		attribute: (key) => attributeLabels.get(key) ?? key
	};
	return {
		...plain,
		step: (id) => {
			const step = stepsById.get(id);
			// A condition names messages: what is opened is "Visit survey", not "Email “Visit survey”".
			if (step?.kind === 'send.email' && !step.label && typeof step.config.template === 'string')
				return plain.template(step.config.template);
			return step ? sayStep(step, plain).title : id;
		}
	};
}
