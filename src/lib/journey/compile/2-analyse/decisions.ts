/** The outcomes of a decision, each with what must be the case where it is taken. */
import type { Where } from '../../document.ts';
import { at } from '../diagnostic.ts';
import type { DraftStep } from '../draft.ts';
import type { Analysis } from './analysis.ts';
import { formsOf, literalsIn, type Form } from './forms.ts';

export interface Case {
	outcome: string;
	/** The place of its condition; `else` has that of all branches. */
	path: string;
	/** What it says that the branch was not taken. */
	opposite: readonly Form[];
	/** What says that the branches before were not taken. */
	before: readonly Form[];
	/** All that must be the case. */
	forms: readonly Form[];
	subjects: ReadonlySet<string>;
	/** Whether nobody at all can take it, whatever else is known; worked out once. */
	isImpossible?: boolean;
}

/** The cases of a decision by conditions, in order; none where it is turned off or one of them is in `broken`. */
export function casesOf(
	{ step, index, disabled }: DraftStep,
	analysis: Analysis,
	broken: ReadonlySet<Where>
): Case[] {
	if (!step || disabled || (step.kind !== 'decide.if' && step.kind !== 'decide.match')) return [];
	const path = at('/steps', index, 'config');
	if (step.kind === 'decide.if') {
		const { where } = step.config;
		if (broken.has(where)) return [];
		const [yes, no] = [formsOf(where, true, analysis), formsOf(where, false, analysis)];
		const place = at(path, 'where');
		return [caseOf('yes', place, yes, no, []), caseOf('no', place, no, yes, [])];
	}
	const { branches } = step.config;
	if (branches.some(({ where }) => broken.has(where))) return [];
	const cases: Case[] = [];
	let before: Form[] = [];
	for (const [place, { id, where }] of branches.entries()) {
		const opposite = formsOf(where, false, analysis);
		cases.push(
			caseOf(id, at(path, 'branches', place, 'where'), formsOf(where, true, analysis), opposite, before)
		);
		before = [...before, ...opposite];
	}
	return [...cases, caseOf('else', at(path, 'branches'), [], [], before)];
}

function caseOf(
	outcome: string,
	path: string,
	own: readonly Form[],
	opposite: readonly Form[],
	before: readonly Form[]
): Case {
	const forms = [...before, ...own];
	const subjects = new Set<string>();
	for (const { subject } of literalsIn(forms)) subjects.add(subject);
	return { outcome, path, opposite, before, forms, subjects };
}
