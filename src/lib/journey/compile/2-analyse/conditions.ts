/** The conditions of a journey with their places, and whether what they name is there. */
import type { Where } from '../../document.ts';
import { at, diagnose } from '../diagnostic.ts';
import type { DraftStep } from '../draft.ts';
import type { Analysis } from './analysis.ts';
import { checkAttributeTest } from './attributes.ts';
import { checkSegment } from './segment-names.ts';

export { TYPES_OF_OP } from './attributes.ts';

export interface Condition {
	where: Where;
	path: string;
	step?: string;
	/** What it is for, so that "never" can be said in its words. */
	use: 'decide' | 'enter' | 'exit' | 'goal';
}

/** Every condition of the draft. */
export function conditionsOf({ draft, graph }: Pick<Analysis, 'draft' | 'graph'>): Condition[] {
	const conditions = graph.steps.flatMap(conditionsOfStep);
	const { exitWhen, goal } = draft.settings;
	if (exitWhen) conditions.push({ where: exitWhen, path: '/settings/exitWhen', use: 'exit' });
	if (goal) conditions.push({ where: goal, path: '/settings/goal', use: 'goal' });
	return conditions;
}

function conditionsOfStep({ step, index }: DraftStep): Condition[] {
	if (!step || !('where' in step.config || 'audience' in step.config || 'branches' in step.config)) return [];
	const path = at('/steps', index, 'config');
	if (step.kind === 'decide.match') {
		return step.config.branches.map(({ where }, place) => ({
			where,
			path: at(path, 'branches', place, 'where'),
			step: step.id,
			use: 'decide'
		}));
	}
	const conditions: Condition[] = [];
	if ('audience' in step.config && step.config.audience) {
		conditions.push({
			where: step.config.audience,
			path: at(path, 'audience'),
			step: step.id,
			use: 'enter'
		});
	}
	if ('where' in step.config && step.config.where) {
		const use = step.kind === 'decide.if' ? 'decide' : 'enter';
		conditions.push({ where: step.config.where, path: at(path, 'where'), step: step.id, use });
	}
	return conditions;
}

/** Reports what conditions name and is not there. Those of which something was reported come back. */
export function checkConditions(conditions: readonly Condition[], analysis: Analysis): Set<Where> {
	const broken = new Set<Where>();
	for (const condition of conditions) {
		const before = analysis.found.length;
		checkParts(condition.where, condition.path, condition, analysis);
		if (analysis.found.length > before) broken.add(condition.where);
	}
	return broken;
}

function checkParts(where: Where, path: string, condition: Condition, analysis: Analysis): void {
	if ('all' in where) {
		where.all.forEach((part, index) => checkParts(part, at(path, 'all', index), condition, analysis));
	} else if ('any' in where) {
		where.any.forEach((part, index) => checkParts(part, at(path, 'any', index), condition, analysis));
	} else if ('not' in where) checkParts(where.not, at(path, 'not'), condition, analysis);
	else if ('attribute' in where) checkAttributeTest(where, path, condition.step, analysis);
	else if ('segment' in where) checkSegment(where.segment, at(path, 'segment'), condition.step, analysis);
	else if ('message' in where && condition.use !== 'enter') {
		checkMessageStep(where.message.step, at(path, 'message', 'step'), condition.step, analysis);
	}
}

/** Inside a journey a condition looks at this enrollment's messages alone. */
function checkMessageStep(
	id: string | undefined,
	path: string,
	step: string | undefined,
	{ graph, found }: Analysis
): void {
	if (id === undefined || graph.stepById.get(id)?.kind?.startsWith('send.')) return;
	const message =
		'The condition asks for a message of a step that is not in this journey. Choose one of its messages.';
	found.push(diagnose('format.value', path, message, { step }));
}
