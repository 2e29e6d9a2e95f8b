import type { JourneyDocument } from '../document.ts';
import type { Plan } from '../plan.ts';
import { describeStep, type Names } from '../sentence.ts';
import { kinds } from '../kinds.ts';
import { parse } from './1-parse.ts';
import type { Analysis } from './2-analyse/analysis.ts';
import { checkConditions } from './2-analyse/conditions.ts';
import { readGraph } from './2-analyse/graph.ts';
import { checkLoops } from './2-analyse/loops.ts';
import { checkMessages } from './2-analyse/messages.ts';
import { checkReach } from './2-analyse/reach.ts';
import { checkVolume } from './2-analyse/volume.ts';
import { checkWaits } from './2-analyse/waits.ts';
import { makePlan } from './3-plan.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Draft, DraftStep } from './draft.ts';
import type { Workspace } from './workspace.ts';

/** A document by its format alone, without looking at what it means. Never throws. */
export function parseJourney(
	input: unknown
): { document: JourneyDocument; diagnostics: [] } | { document: null; diagnostics: Diagnostic[] } {
	const { document, found } = parse(input);
	return document ? { document, diagnostics: [] } : { document: null, diagnostics: found };
}

/**
 * Proves a journey sound: the plan to run, or null where any diagnostic is an error. A step whose settings do not fit
 * hides no problem elsewhere. Never throws, whatever the input.
 */
export function compile(
	input: unknown,
	workspace: Workspace,
	slug = ''
): { plan: Plan | null; diagnostics: Diagnostic[] } {
	const { draft, document, found } = parse(input);
	if (draft) analyse(draft, workspace, found);
	const diagnostics = found.toSorted(byPlace);
	const isSound = !diagnostics.some((diagnostic) => diagnostic.severity === 'error');
	return { plan: document && isSound ? makePlan(document, workspace, slug) : null, diagnostics };
}

function analyse(draft: Draft, workspace: Workspace, found: Diagnostic[]): void {
	const nameOf = namer(workspace);
	const graph = readGraph(draft, nameOf, found);
	const analysis: Analysis = { draft, graph, workspace, found, nameOf };
	checkReach(analysis);
	checkLoops(analysis);
	checkConditions(analysis);
	checkMessages(analysis);
	checkWaits(analysis);
	checkVolume(analysis);
}

/** What a marketer sees on a step, as far as it can be read. */
function namer(workspace: Workspace): (step: DraftStep) => string {
	const templates = new Map(workspace.templates.map(({ slug, name }) => [slug, name]));
	const attributes = new Map(workspace.attributes.map(({ key, label }) => [key, label]));
	const names: Names = {
		template: (slug) => templates.get(slug) ?? slug,
		attribute: (key) => attributes.get(key) ?? key
	};
	return (step) => {
		if (step.label) return step.label;
		if (!step.step) return step.kind ? kinds[step.kind].label : step.id;
		return describeStep(step.step, names).title.replace(/^Email “(.*)”$/, 'Email $1');
	};
}

/** Errors first, then in the document's order. */
function byPlace(one: Diagnostic, other: Diagnostic): number {
	if (one.severity !== other.severity) return one.severity === 'error' ? -1 : 1;
	return one.path.localeCompare(other.path, 'en', { numeric: true });
}
