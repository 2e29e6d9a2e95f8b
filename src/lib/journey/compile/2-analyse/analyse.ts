/** Phase 2: what a draft means, and everything that is wrong with it. */
import { kinds } from '../../kinds.ts';
import { describeStep, type Names } from '../../sentence.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { Draft, DraftStep } from '../draft.ts';
import type { Workspace } from '../workspace.ts';
import type { Analysis } from './analysis.ts';
import { groupsOf } from './busiest.ts';
import { circlesOf, stepsAlongWays } from './circles.ts';
import { checkConditions, conditionsOf } from './conditions.ts';
import { checkDeadBranches } from './dead-branches.ts';
import { checkDoors } from './doors.ts';
import { readGraph } from './graph.ts';
import { JourneyGraph } from './journey-graph.ts';
import { checkJourneyLoops } from './journey-loops.ts';
import { checkLoops } from './loops.ts';
import { checkMessages } from './messages.ts';
import { checkReach, reachedFrom } from './reach.ts';
import { checkSegments } from './segment-names.ts';
import { Segments } from './segments.ts';
import { checkStepAttributes } from './step-attributes.ts';
import { checkTeam } from './team-names.ts';
import { checkTexts } from './texts.ts';
import { checkVolume, volumeOf, type Volumes } from './volume.ts';
import { checkWaits } from './waits.ts';

/** Adds to `found` what the checks find. What comes back says how many messages a passage can bring, once it is asked. */
export function analyse(
	draft: Draft,
	workspace: Workspace,
	slug: string,
	found: Diagnostic[]
): () => Volumes {
	const analysis = openAnalysis(draft, workspace, slug, found);
	check(analysis);
	const groups = groupsOf(analysis);
	checkVolume(analysis, groups);
	return () => volumeOf(analysis, groups);
}

/** What the checks look at; what keeps the graph from holding together is in `found` already. */
export function openAnalysis(
	draft: Draft,
	workspace: Workspace,
	slug: string,
	found: Diagnostic[]
): Analysis {
	const nameOf = namer(workspace);
	const types = new Map(workspace.attributes.map(({ key, type }) => [key, type]));
	const graph = readGraph(draft, nameOf, found);
	const circleOf = circlesOf(graph, (way) => !way.isClosed);
	return {
		draft,
		slug,
		graph,
		reached: reachedFrom(
			graph,
			graph.steps.filter((step) => step.isTrigger)
		),
		circleOf,
		along: stepsAlongWays(graph, circleOf),
		workspace,
		attributes: new Map(workspace.attributes.map((attribute) => [attribute.key, attribute])),
		types,
		templates: new Map(workspace.templates.map((template) => [template.slug, template])),
		segments: new Segments(workspace.segments ?? [], types),
		found,
		nameOf
	};
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
	checkTeam(analysis);
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
