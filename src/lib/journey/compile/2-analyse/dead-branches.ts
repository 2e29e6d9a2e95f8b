/** Conditions that nobody, or everybody, fulfils: by themselves, or after what was decided on the way. */
import type { Where } from '../../document.ts';
import { diagnose } from '../diagnostic.ts';
import { tellPath, type Analysis } from './analysis.ts';
import { shortestWay } from './circles.ts';
import type { Condition } from './conditions.ts';
import { constancyOf } from './constancy.ts';
import { contradicts } from './contradiction.ts';
import type { Case } from './decisions.ts';
import type { Form } from './forms.ts';
import { waysOf } from './graph.ts';
import { decisionsOf, factsAbout, type Decided } from './knowledge.ts';

/** Nobody reads a longer list of them, and each is explained. */
const MOST_REPORTED = 200;

type Use = Exclude<Condition['use'], 'decide'>;

const DEAD: Record<Use, { always: string | null; never: string }> = {
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

/** Conditions in `broken` name what is not there and decide nothing anyway. */
export function checkDeadBranches(
	conditions: readonly Condition[],
	broken: ReadonlySet<Where>,
	analysis: Analysis
): void {
	for (const condition of conditions) {
		if (condition.use !== 'decide' && !broken.has(condition.where)) {
			checkConstancy(condition, condition.use, analysis);
		}
	}
	const before = analysis.found.length;
	for (const decided of decisionsOf(analysis, broken)) {
		if (analysis.found.length - before >= MOST_REPORTED) return;
		if (decided.step.kind === 'decide.if') checkIf(decided, analysis);
		else checkMatch(decided, analysis);
	}
}

function checkConstancy({ where, path, step }: Condition, use: Use, analysis: Analysis): void {
	const constancy = constancyOf(where, analysis.types, analysis.segments);
	const message = constancy === 'sometimes' ? null : DEAD[use][constancy];
	if (message) analysis.found.push(diagnose('step.dead-branch', path, message, { step }));
}

function checkIf(decided: Decided, analysis: Analysis): void {
	for (const each of decided.cases) {
		if (!decided.dead.has(each.outcome)) continue;
		const reason = reasonFor(each, each.forms, decided, analysis);
		report(each.path, each.outcome === 'yes' ? NEVER : ALWAYS, reason, decided, analysis);
		return;
	}
}

/** The branches in order, up to the one behind which nobody is left. Only what the analysis found dead is asked why. */
function checkMatch(decided: Decided, analysis: Analysis): void {
	const { cases, dead } = decided;
	for (const [index, each] of cases.entries()) {
		if (dead.has(each.outcome)) {
			const before = reasonFor(each, each.before, decided, analysis);
			if (before) return reportNobodyLeft(each, index, before, decided, analysis);
			report(each.path, BRANCH_NEVER, reasonFor(each, each.forms, decided, analysis), decided, analysis);
			continue;
		}
		const next = cases[index + 1];
		const always = next && dead.has(next.outcome) && reasonFor(each, each.opposite, decided, analysis);
		if (always) return report(each.path, BRANCH_ALWAYS, always, decided, analysis);
	}
}

/** A way for the others, where nobody is left, is no mistake unless it leads somewhere. */
function reportNobodyLeft(
	each: Case,
	index: number,
	reason: Reason,
	decided: Decided,
	analysis: Analysis
): void {
	const isElse = index === decided.cases.length - 1;
	const leads = waysOf(analysis.graph, decided.step.id).some(({ outcome }) => outcome === 'else');
	if (!isElse) report(each.path, BRANCH_LEFT, reason, decided, analysis);
	else if (leads) report(each.path, ELSE_LEFT, reason, decided, analysis);
}

interface Words {
	/** By the condition alone. */
	alone: string;
	/** After what was decided before; then comes the way there, then what to do. */
	after: string;
	advice: string;
}

const NEVER: Words = {
	alone:
		'Nobody can fulfil this condition, so nobody takes “yes”. Check whether its parts contradict each other.',
	after: 'Nobody who comes here can fulfil this condition, so nobody takes “yes”',
	advice: 'Change the condition, or remove the step.'
};
const ALWAYS: Words = {
	alone: 'Everyone fulfils this condition, so nobody takes “no”. Change the condition, or remove the step.',
	after: 'Everyone who comes here fulfils this condition, so nobody takes “no”',
	advice: 'Change the condition, or remove the step.'
};
const BRANCH_NEVER: Words = {
	alone:
		'Nobody can take this branch. Check whether the parts of its condition contradict each other or the branches before it.',
	after: 'Nobody who comes here can take this branch',
	advice: 'Change its condition, or remove the branch.'
};
const BRANCH_ALWAYS: Words = {
	alone:
		'Everyone who comes to this branch takes it, so nobody is left for what is behind it. Change its condition, or leave it to “otherwise”.',
	after: 'Everyone who comes to this branch takes it, so nobody is left for what is behind it',
	advice: 'Change its condition, or leave it to “otherwise”.'
};
const BRANCH_LEFT: Words = {
	alone:
		'Nobody comes to this branch, for the branches before it take everyone. Change one of them, or remove it.',
	after: 'Nobody comes to this branch, for the branches before it take everyone who comes here',
	advice: 'Change one of them, or remove it.'
};
const ELSE_LEFT: Words = {
	alone:
		'Nobody takes “otherwise”, for the branches take everyone. Change one of them, or remove its connection.',
	after: 'Nobody takes “otherwise”, for the branches take everyone who comes here',
	advice: 'Change one of them, or remove its connection.'
};

/** The decisions that rule something out, the first first; none where it is ruled out by itself. */
type Reason = string[];

/** Why forms can't be the case for those who come to a decision, or null where they can. */
function reasonFor(
	each: Case,
	forms: readonly Form[],
	{ known }: Decided,
	{ graph }: Analysis
): Reason | null {
	if (!forms.length) return null;
	if (contradicts(forms)) return [];
	let needed = factsAbout(each, known);
	const isRefuted = (facts: typeof needed) => contradicts([...facts.map(({ form }) => form), ...forms]);
	if (!isRefuted(needed)) return null;
	for (const fact of needed) {
		const fewer = needed.filter((other) => other !== fact);
		if (isRefuted(fewer)) needed = fewer;
	}
	const order = (id: string) => graph.orderOf.get(id) ?? 0;
	return [...new Set(needed.map(({ from }) => from.id))].sort((one, other) => order(one) - order(other));
}

function report(
	path: string,
	words: Words,
	reason: Reason | null,
	{ step }: Decided,
	analysis: Analysis
): void {
	if (!reason?.length) {
		analysis.found.push(diagnose('step.dead-branch', path, words.alone, { step: step.id }));
		return;
	}
	const steps = pathThrough([...reason, step.id], analysis);
	const message = `${words.after}. It was decided on the way: ${tellPath(steps, analysis)}. ${words.advice}`;
	analysis.found.push(diagnose('step.dead-branch', path, message, { step: step.id, steps }));
}

/** A way through steps in order, where one leads to the next; else the steps alone. */
function pathThrough(ids: string[], { graph }: Analysis): string[] {
	const path = ids.slice(0, 1);
	for (const [index, to] of ids.entries()) {
		const from = ids[index - 1];
		if (from === undefined) continue;
		const ways = shortestWay(graph, from, to, (way) => !way.isClosed);
		path.push(...(ways?.map((way) => way.to.id) ?? [to]));
	}
	return path;
}
