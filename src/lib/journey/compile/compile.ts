import type { JourneyDocument } from '../document.ts';
import type { Plan } from '../plan.ts';
import { describeStep, type Names } from '../sentence.ts';
import { kinds } from '../kinds.ts';
import { parse } from './1-parse.ts';
import type { Analysis } from './2-analyse/analysis.ts';
import { groupsOf } from './2-analyse/busiest.ts';
import { checkConditions, conditionsOf } from './2-analyse/conditions.ts';
import { checkDeadBranches } from './2-analyse/dead-branches.ts';
import { checkDoors } from './2-analyse/doors.ts';
import { readGraph } from './2-analyse/graph.ts';
import { JourneyGraph } from './2-analyse/journey-graph.ts';
import { checkJourneyLoops } from './2-analyse/journey-loops.ts';
import { checkLoops } from './2-analyse/loops.ts';
import { checkMessages } from './2-analyse/messages.ts';
import { checkReach } from './2-analyse/reach.ts';
import { checkSegments } from './2-analyse/segment-names.ts';
import { Segments } from './2-analyse/segments.ts';
import { checkStepAttributes } from './2-analyse/step-attributes.ts';
import { checkTexts } from './2-analyse/texts.ts';
import { checkVolume, volumeOf, type Volumes } from './2-analyse/volume.ts';
import { checkWaits } from './2-analyse/waits.ts';
import { makePlan } from './3-plan.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Draft, DraftStep } from './draft.ts';
import type { Workspace } from './workspace.ts';

export { touchesOf, type Reads, type Touches, type Writes } from './2-analyse/touches.ts';

/** A document by its format alone, without looking at what it means. Never throws. */
export function parseJourney(
	input: unknown
): { document: JourneyDocument; diagnostics: [] } | { document: null; diagnostics: Diagnostic[] } {
	const { document, found } = parse(input);
	return document ? { document, diagnostics: [] } : { document: null, diagnostics: found };
}

export interface Compiled {
	/** Null where any diagnostic is an error. */
	plan: Plan | null;
	diagnostics: Diagnostic[];
	/** The most messages that one passage can bring; null where not even the graph could be read. */
	volume: Volumes | null;
}

/**
 * Proves a journey sound: the plan to run, or what keeps it from being run. A step whose settings do not fit hides no
 * problem elsewhere. `slug` is the journey's own; under it the input takes the place of what the workspace knows. Never
 * throws, whatever the input.
 */
export function compile(input: unknown, workspace: Workspace, slug = ''): Compiled {
	const { draft, document, found } = parse(input);
	const volume = draft && analyse(draft, workspace, slug, found);
	const diagnostics = found.toSorted(byPlace);
	const isSound = !diagnostics.some((diagnostic) => diagnostic.severity === 'error');
	const plan = document && isSound ? makePlan(document, workspace, slug, volume ?? undefined) : null;
	return { plan, diagnostics, volume };
}

/** Adds to `found` what the checks find. */
function analyse(draft: Draft, workspace: Workspace, slug: string, found: Diagnostic[]): Volumes {
	const nameOf = namer(workspace);
	const graph = readGraph(draft, nameOf, found);
	const types = new Map(workspace.attributes.map(({ key, type }) => [key, type]));
	const analysis: Analysis = {
		draft,
		slug,
		graph,
		workspace,
		attributes: new Map(workspace.attributes.map((attribute) => [attribute.key, attribute])),
		types,
		templates: new Map(workspace.templates.map((template) => [template.slug, template])),
		segments: new Segments(workspace.segments ?? [], types),
		found,
		nameOf
	};
	check(analysis);
	const groups = groupsOf(analysis);
	checkVolume(analysis, groups);
	return volumeOf(analysis, groups);
}

function check(analysis: Analysis): void {
	const conditions = conditionsOf(analysis);
	const journeys = new JourneyGraph(analysis);
	checkReach(analysis);
	checkLoops(analysis);
	const broken = checkConditions(conditions, analysis);
	checkDeadBranches(conditions, broken, analysis);
	checkStepAttributes(analysis);
	checkSegments(analysis);
	checkTexts(analysis);
	checkMessages(analysis);
	checkWaits(analysis);
	checkDoors(journeys, analysis);
	checkJourneyLoops(journeys, analysis);
}

/** What a marketer sees on a step, as far as it can be read; without quotes, for it is quoted itself. */
function namer(workspace: Workspace): (step: DraftStep) => string {
	const templates = new Map(workspace.templates.map(({ slug, name }) => [slug, name]));
	const attributes = new Map(workspace.attributes.map(({ key, label }) => [key, label]));
	const segments = new Map((workspace.segments ?? []).map(({ slug, name }) => [slug, name]));
	const names: Names = {
		template: (slug) => templates.get(slug) ?? slug,
		attribute: (key) => attributes.get(key) ?? key,
		segment: (slug) => segments.get(slug) ?? slug
	};
	return (step) => {
		if (step.label) return step.label;
		if (!step.step) return step.kind ? kinds[step.kind].label : step.id;
		return describeStep(step.step, names).title.replace(/[“”]/g, '');
	};
}

/** Errors first, then in the document's order. */
function byPlace(one: Diagnostic, other: Diagnostic): number {
	if (one.severity !== other.severity) return one.severity === 'error' ? -1 : 1;
	return one.path.localeCompare(other.path, 'en', { numeric: true });
}
