/** Phase 3: from a sound document to what is run. */
import { isSend, isTrigger, type JourneyDocument, type Step, type Where } from '../document.ts';
import { outcomesOf } from '../kinds.ts';
import { PLAN_FORMAT, type Plan, type PlanReads, type PlanStep, type PlanTrigger } from '../plan.ts';
import { classify } from '../gate.ts';
import type { Workspace } from './workspace.ts';

export function makePlan(
	document: JourneyDocument,
	workspace: Workspace,
	slug: string,
	volume?: Plan['volume']
): Plan {
	const settings = document.settings ?? {};
	const targets = new Map<string, string>();
	for (const { from, outcome, to } of document.edges) targets.set(`${from} ${outcome}`, to);
	const phiKeys = new Set(workspace.attributes.filter(({ phi }) => phi).map(({ key }) => key));
	const phiTemplates = new Set(
		workspace.templates
			.filter(({ reads, subjectReads }) =>
				[...reads, ...subjectReads].some((read) => phiKeys.has(contactKeyOf(read)))
			)
			.map(({ slug }) => slug)
	);
	const steps = document.steps.map((step): [string, PlanStep] => {
		const outcomes: Record<string, string | null> = {};
		for (const outcome of outcomesOf(step)) outcomes[outcome] = targets.get(`${step.id} ${outcome}`) ?? null;
		const holdsPhi = isSend(step) && phiTemplates.has(step.config.template);
		return [step.id, planStep(step, outcomes, settings.maxVisits ?? 1, holdsPhi)];
	});
	return {
		format: PLAN_FORMAT,
		name: document.name,
		slug,
		settings,
		attributeTypes: Object.fromEntries(workspace.attributes.map(({ key, type }) => [key, type])),
		phiAttributes: workspace.attributes.filter(({ phi }) => phi).map(({ key }) => key),
		steps: Object.fromEntries(steps),
		triggers: document.steps.filter(isTrigger).map(
			(step) =>
				({
					step: step.id,
					kind: step.kind,
					config: step.config,
					disabled: step.disabled === true
				}) as PlanTrigger
		),
		reads: readsOf(document),
		...(volume ? { volume } : {})
	};
}

/** `contact.age[0]` reads the attribute `age`. */
function contactKeyOf(read: string): string {
	const [root, key = ''] = read.split('.');
	return root === 'contact' ? key.replace(/\[.*$/, '') : '';
}

function planStep(
	step: Step,
	outcomes: Record<string, string | null>,
	maxVisits: number,
	holdsPhi: boolean
): PlanStep {
	const { id, kind, config, label } = step;
	const frame = {
		id,
		...(label === undefined ? {} : { label }),
		outcomes,
		maxVisits: step.maxVisits ?? maxVisits,
		disabled: step.disabled === true,
		staysForHandover: isSend(step) && (outcomes['failed'] !== null || outcomes['blocked'] !== null),
		...(holdsPhi ? { holdsPhi } : {})
	};
	return { ...frame, kind, config } as PlanStep;
}

function readsOf(document: JourneyDocument): PlanReads {
	const { exitWhen, goal } = document.settings ?? {};
	const events = new Set<string>();
	const segments = new Set<string>();
	const journeys = new Set<string>();
	const waitEvents = new Set<string>();
	const attributes = new Set<string>();
	const reads: PlanReads = {
		events: [],
		waitEvents: [],
		messages: false,
		consents: false,
		attributes: [],
		marketing: false
	};
	const visit = (where: Where): void => {
		if ('all' in where) where.all.forEach(visit);
		else if ('any' in where) where.any.forEach(visit);
		else if ('not' in where) visit(where.not);
		else if ('attribute' in where) attributes.add(where.attribute);
		else if ('event' in where) events.add(where.event.name);
		else if ('message' in where) reads.messages = true;
		else if ('consent' in where) reads.consents = true;
		else if ('segment' in where) segments.add(where.segment);
	};
	for (const where of [exitWhen, goal]) if (where) visit(where);
	for (const step of document.steps) {
		if ('where' in step.config && step.config.where) visit(step.config.where);
		if ('audience' in step.config && step.config.audience) visit(step.config.audience);
		if (step.kind === 'decide.match') for (const branch of step.config.branches) visit(branch.where);
		if (step.kind === 'journey.enter') journeys.add(step.config.journey);
		if (step.kind === 'wait.event') waitEvents.add(step.config.event);
		if (isSend(step) && classify(step.config).marketing) reads.marketing = reads.consents = true;
	}
	return {
		...reads,
		...(segments.size ? { segments: [...segments] } : {}),
		...(journeys.size ? { journeys: [...journeys] } : {}),
		events: [...events],
		waitEvents: [...waitEvents],
		attributes: [...attributes]
	};
}
