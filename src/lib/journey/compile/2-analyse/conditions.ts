/** What conditions name: attributes and their types, segments, steps; and whether they decide anything. */
import type { Op, Where } from '../../document.ts';
import { parseDay, parseInstant } from '../../zone.ts';
import type { AttributeType } from '../../world.ts';
import { at, diagnose, type Fix } from '../diagnostic.ts';
import type { AttributeSummary } from '../workspace.ts';
import type { Analysis } from './analysis.ts';
import { constancyOf } from './constancy.ts';
import { opWords } from '../../sentence.ts';

interface Condition {
	where: Where;
	path: string;
	step?: string;
	/** What it is for, so that "never" can be said in its words. */
	use: 'decide' | 'enter' | 'exit' | 'goal';
}

type AttributeTest = Extract<Where, { attribute: string }>;

export function checkConditions(analysis: Analysis): void {
	const attributes = new Map(analysis.workspace.attributes.map((attribute) => [attribute.key, attribute]));
	const types = new Map(analysis.workspace.attributes.map(({ key, type }) => [key, type]));
	for (const condition of conditionsOf(analysis)) {
		const before = analysis.found.length;
		checkParts(condition.where, condition.path, condition, attributes, analysis);
		// A condition that names what is not there decides nothing anyway.
		if (analysis.found.length === before) checkConstancy(condition, types, analysis);
	}
	for (const { step, index } of analysis.graph.steps) {
		if (step?.kind !== 'trigger.time') continue;
		const path = at('/steps', index, 'config', 'date');
		const attribute = attributes.get(step.config.date);
		if (!attribute) reportUnknown(step.config.date, path, step.id, attributes, analysis);
		else if (attribute.type !== 'date' && attribute.type !== 'datetime') {
			const message = `“${attribute.label}” is ${TYPE_WORDS[attribute.type]}, and a journey starts from a date. Choose a date.`;
			analysis.found.push(diagnose('attribute.type', path, message, { step: step.id }));
		}
	}
}

/** Every condition of the draft with its place. */
export function conditionsOf({ draft, graph }: Pick<Analysis, 'draft' | 'graph'>): Condition[] {
	const conditions: Condition[] = [];
	for (const { step, index } of graph.steps) {
		if (!step) continue;
		const path = at('/steps', index, 'config');
		if (step.kind === 'decide.if') {
			conditions.push({ where: step.config.where, path: at(path, 'where'), step: step.id, use: 'decide' });
		}
		if ('audience' in step.config && step.config.audience) {
			conditions.push({
				where: step.config.audience,
				path: at(path, 'audience'),
				step: step.id,
				use: 'enter'
			});
		}
		if (step.kind !== 'decide.if' && 'where' in step.config && step.config.where) {
			conditions.push({ where: step.config.where, path: at(path, 'where'), step: step.id, use: 'enter' });
		}
	}
	const { exitWhen, goal } = draft.settings;
	if (exitWhen) conditions.push({ where: exitWhen, path: '/settings/exitWhen', use: 'exit' });
	if (goal) conditions.push({ where: goal, path: '/settings/goal', use: 'goal' });
	return conditions;
}

type Attributes = Map<string, AttributeSummary>;

function checkParts(
	where: Where,
	path: string,
	condition: Condition,
	attributes: Attributes,
	analysis: Analysis
): void {
	const { step } = condition;
	if ('all' in where) {
		where.all.forEach((part, index) =>
			checkParts(part, at(path, 'all', index), condition, attributes, analysis)
		);
	} else if ('any' in where) {
		where.any.forEach((part, index) =>
			checkParts(part, at(path, 'any', index), condition, attributes, analysis)
		);
	} else if ('not' in where) checkParts(where.not, at(path, 'not'), condition, attributes, analysis);
	else if ('attribute' in where) checkAttribute(where, path, step, attributes, analysis);
	else if ('segment' in where) {
		const message = `There is no segment “${where.segment}”. Use conditions on attributes or events instead.`;
		analysis.found.push(diagnose('segment.missing', at(path, 'segment'), message, { step }));
	} else if ('message' in where && where.message.step !== undefined && condition.use !== 'enter') {
		if (analysis.graph.stepById.get(where.message.step)?.kind === 'send.email') return;
		const message =
			'The condition asks for a message of a step that is not in this journey. Choose one of its messages.';
		analysis.found.push(diagnose('format.value', at(path, 'message', 'step'), message, { step }));
	}
}

function checkAttribute(
	test: AttributeTest,
	path: string,
	step: string | undefined,
	attributes: Attributes,
	analysis: Analysis
): void {
	const attribute = attributes.get(test.attribute);
	if (!attribute) return reportUnknown(test.attribute, at(path, 'attribute'), step, attributes, analysis);
	if (!TYPES_OF_OP[test.op].includes(attribute.type)) {
		const message = `“${attribute.label}” is ${TYPE_WORDS[attribute.type]}, so “${opWords(test.op)}” can't be asked of it. Choose another comparison.`;
		analysis.found.push(diagnose('attribute.type', at(path, 'op'), message, { step }));
	} else if (!fitsType(test, attribute.type)) {
		const message = `“${attribute.label}” is ${TYPE_WORDS[attribute.type]}. Compare it with ${TYPE_WORDS[attribute.type]}.`;
		analysis.found.push(diagnose('attribute.type', at(path, 'value'), message, { step }));
	}
}

function reportUnknown(
	key: string,
	path: string,
	step: string | undefined,
	attributes: Attributes,
	analysis: Analysis
): void {
	const meant = [...attributes.values()].find(
		(attribute) => simple(attribute.key) === simple(key) || simple(attribute.label) === simple(key)
	);
	const fix: Fix | undefined = meant && {
		label: `Use “${meant.label}”`,
		patch: [{ op: 'set', path, value: meant.key }]
	};
	const message = `No contact has an attribute “${key}”. Choose one that exists, or send it in with a contact first.`;
	analysis.found.push(diagnose('attribute.unknown', path, message, { step, fix }));
}

function simple(name: string): string {
	return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

const TYPE_WORDS: Record<AttributeType, string> = {
	text: 'text',
	number: 'a number',
	boolean: 'yes or no',
	date: 'a date',
	datetime: 'a date with a time',
	list: 'a list'
};

const ORDERED: AttributeType[] = ['text', 'number', 'date', 'datetime'];
const SINGLE: AttributeType[] = [...ORDERED, 'boolean'];
const DATES: AttributeType[] = ['date', 'datetime'];
const ANY: AttributeType[] = [...SINGLE, 'list'];

/** The types that each operator can be asked of; the inspector offers no other. */
export const TYPES_OF_OP: Record<Op, readonly AttributeType[]> = {
	'=': SINGLE,
	'!=': SINGLE,
	'<': ORDERED,
	'<=': ORDERED,
	'>': ORDERED,
	'>=': ORDERED,
	in: SINGLE,
	contains: ['text', 'list'],
	startsWith: ['text'],
	matches: ['text'],
	exists: ANY,
	missing: ANY,
	before: DATES,
	after: DATES,
	withinLast: DATES,
	withinNext: DATES,
	anniversaryWithin: DATES
};

const LOOK_AT_VALUE = new Set<Op>(['=', '!=', '<', '<=', '>', '>=', 'before', 'after']);

function fitsType(test: AttributeTest, type: AttributeType): boolean {
	if (test.op === 'in')
		return Array.isArray(test.value) && test.value.every((value: unknown) => isOf(value, type));
	if (test.op === 'contains' && type === 'text') return typeof test.value === 'string';
	return !LOOK_AT_VALUE.has(test.op) || isOf(test.value, type);
}

function isOf(value: unknown, type: AttributeType): boolean {
	switch (type) {
		case 'text':
			return typeof value === 'string';
		case 'number':
		case 'boolean':
			return typeof value === type;
		case 'date':
			return typeof value === 'string' && parseDay(value) !== null;
		case 'datetime':
			return typeof value === 'string' && parseInstant(value) !== null;
		case 'list':
			return false;
	}
}

const DEAD: Record<Condition['use'], { always: string | null; never: string }> = {
	decide: {
		always:
			'Everyone fulfils this condition, so nobody takes “no”. Change the condition, or remove the step.',
		never:
			'Nobody can fulfil this condition, so nobody takes “yes”. Check whether its parts contradict each other.'
	},
	enter: {
		always: null,
		never:
			'Nobody can fulfil this condition, so nobody enters here. Check whether its parts contradict each other.'
	},
	exit: {
		always: 'Everyone fulfils the exit rule, so everyone leaves at once. Change it.',
		never: 'Nobody can fulfil the exit rule. Change it, or remove it.'
	},
	goal: {
		always: 'Everyone fulfils the goal, so everyone leaves at once. Change it.',
		never: 'Nobody can reach the goal. Change it, or remove it.'
	}
};

function checkConstancy(condition: Condition, types: Map<string, AttributeType>, analysis: Analysis): void {
	const constancy = constancyOf(condition.where, types);
	const message = constancy === 'sometimes' ? null : DEAD[condition.use][constancy];
	if (message)
		analysis.found.push(diagnose('step.dead-branch', condition.path, message, { step: condition.step }));
}
