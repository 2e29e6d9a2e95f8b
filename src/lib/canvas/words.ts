/** What the editor says about steps and outcomes. */
import { configSchemas, type Step, type StepKind } from '$lib/journey/document.ts';
import { describeStep, eventWords, type Names, type StepSentence } from '$lib/journey/sentence.ts';
import type { Workspace } from '$lib/journey/index.ts';
import { stepsByIdOf } from './lookups.ts';
import { branchLabel, branchesOf, findBranch } from './branches.ts';
import { mainOutcomes, type DraftDocument, type DraftStep, type Forking } from './document.ts';

/** What a step of each kind is called and asks for while something is still missing. */
const unfinished: Record<StepKind, StepSentence> = {
	'trigger.time': { title: 'Time or date', line: 'Needs a date' },
	'trigger.behavior': { title: 'Behaviour', line: 'Needs what the contact does' },
	'trigger.transactional': { title: 'Business event', line: 'Needs an event' },
	'trigger.api': { title: 'API call', line: 'Needs a name' },
	'trigger.segment': { title: 'Segment', line: 'Needs a segment' },
	'trigger.manual': { title: 'By hand', line: '' },
	'decide.if': { title: 'If', line: 'Needs a condition' },
	'decide.match': { title: 'Several ways', line: 'Needs a condition for each way' },
	'decide.random': { title: 'Random split', line: 'Needs a share for each way' },
	'wait.for': { title: 'Wait', line: 'Needs a length' },
	'wait.until': { title: 'Wait until a time', line: 'Needs a time, days or a date' },
	'wait.event': { title: 'Wait until an event', line: 'Needs an event' },
	'wait.pace': { title: 'Wait for its turn', line: 'Needs how many in what time' },
	'wait.approval': { title: 'Wait for approval', line: 'Needs who is asked, and what' },
	'send.email': { title: 'Email', line: 'Needs a message' },
	'send.text': { title: 'Text message', line: 'Needs a message' },
	'contact.update': { title: 'Update contact', line: 'Needs an attribute' },
	'segment.add': { title: 'Add to segment', line: 'Needs a segment' },
	'segment.remove': { title: 'Remove from segment', line: 'Needs a segment' },
	'notify.team': { title: 'Tell the team', line: 'Needs people and words' },
	'webhook.call': { title: 'Webhook', line: 'Needs an address' },
	'journey.enter': { title: 'Enter a journey', line: 'Needs a journey' },
	exit: { title: 'Exit', line: '' }
};

/** What a step does, in words; for one that is not finished, what it still needs. */
export function sayStep(step: DraftStep, names: Names): StepSentence {
	const config = configSchemas[step.kind].safeParse(step.config);
	if (config.success && !lacksCondition(step)) {
		// The schema of this very kind has just read the config.
		const said = describeStep({ ...step, config: config.data } as Step, names);
		return said.line === said.title ? { title: said.title, line: '' } : said;
	}
	const words = unfinished[step.kind];
	return step.label ? { title: step.label, line: words.line || words.title } : words;
}

function lacksCondition({ kind, config }: DraftStep): boolean {
	if (kind === 'decide.if') return isEmptyGroup(config.where);
	return kind === 'decide.match' && branchesOf(config).some((branch) => isEmptyGroup(branch.where));
}

function isEmptyGroup(where: unknown): boolean {
	if (typeof where !== 'object' || where === null || !('all' in where)) return false;
	return Array.isArray(where.all) && where.all.length === 0;
}

const outcomeLabels: Record<string, string> = {
	next: 'Then',
	yes: 'If yes',
	no: 'If no',
	else: 'Otherwise',
	happened: 'If it happens',
	past: 'If the date is past, or there is none',
	approved: 'If approved',
	declined: 'If declined',
	timeout: 'If time runs out',
	blocked: 'If it may not be sent',
	failed: 'If sending fails',
	refused: 'If the other journey does not let them in',
	repeat: 'If they come here too often'
};

/** An outcome as the inspector asks for it: "If yes", "Then". */
export function outcomeQuestion(step: Forking, outcome: string): string {
	const branch = findBranch(step.config, outcome);
	if (branch) return `If “${branchLabel(branch)}”`;
	if (step.kind === 'webhook.call' && outcome === 'failed') return 'If the call fails';
	return outcomeLabels[outcome] ?? `If ${outcome}`;
}

const edgeLabels: Record<string, string> = {
	else: 'otherwise',
	past: 'date is past',
	timeout: 'time is up',
	blocked: 'not sent',
	refused: 'not let in',
	repeat: 'too often'
};

/** An outcome as its edge shows it; nothing for the only way on. */
export function outcomeLabel(step: Forking, outcome: string): string {
	if (outcome === 'next' && mainOutcomes(step).length === 1) return '';
	const branch = findBranch(step.config, outcome);
	return branch ? branchLabel(branch) : (edgeLabels[outcome] ?? outcome);
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
	const segmentNames = new Map(workspace.segments?.map(({ slug, name }) => [slug, name]));
	const stepsById = stepsByIdOf(document);
	const plain: Names = {
		template: (slug) => templateNames.get(slug) ?? slug,
		attribute: (key) => attributeLabels.get(key) ?? key,
		segment: (slug) => segmentNames.get(slug) ?? slug
	};
	return {
		...plain,
		step: (id) => {
			const step = stepsById.get(id);
			// A condition names messages: what is opened is "Visit survey", not "Email “Visit survey”".
			const isMessage = step?.kind === 'send.email' || step?.kind === 'send.text';
			if (isMessage && !step.label && typeof step.config.template === 'string')
				return plain.template(step.config.template);
			return step ? sayStep(step, plain).title : id;
		}
	};
}
