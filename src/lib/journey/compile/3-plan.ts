/** Phase 3: from a sound document to what is run. */
import { isTrigger, type JourneyDocument, type Step, type Where } from '../document.ts';
import { outcomesOf } from '../kinds.ts';
import { PLAN_FORMAT, type Plan, type PlanReads, type PlanStep, type PlanTrigger } from '../plan.ts';
import { classify } from '../gate.ts';
import type { Workspace } from './workspace.ts';

export function makePlan(document: JourneyDocument, workspace: Workspace, slug: string): Plan {
	const settings = document.settings ?? {};
	const targets = new Map(document.edges.map((edge) => [`${edge.from} ${edge.outcome}`, edge.to]));
	const steps = document.steps.map((step): [string, PlanStep] => {
		const outcomes = Object.fromEntries(
			outcomesOf(step).map((outcome) => [outcome, targets.get(`${step.id} ${outcome}`) ?? null])
		);
		return [step.id, planStep(step, outcomes, settings.maxVisits ?? 1)];
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
		reads: readsOf(document)
	};
}

function planStep(step: Step, outcomes: Record<string, string | null>, maxVisits: number): PlanStep {
	const { id, kind, config, label } = step;
	const frame = {
		id,
		...(label === undefined ? {} : { label }),
		outcomes,
		maxVisits: step.maxVisits ?? maxVisits,
		disabled: step.disabled === true,
		staysForHandover: kind === 'send.email' && (outcomes['failed'] !== null || outcomes['blocked'] !== null)
	};
	return { ...frame, kind, config } as PlanStep;
}

function readsOf(document: JourneyDocument): PlanReads {
	const { exitWhen, goal } = document.settings ?? {};
	const events = new Set<string>();
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
	};
	for (const where of [exitWhen, goal]) if (where) visit(where);
	for (const step of document.steps) {
		if ('where' in step.config && step.config.where) visit(step.config.where);
		if ('audience' in step.config && step.config.audience) visit(step.config.audience);
		if (step.kind === 'wait.event') waitEvents.add(step.config.event);
		if (step.kind === 'send.email' && classify(step.config).marketing)
			reads.marketing = reads.consents = true;
	}
	return { ...reads, events: [...events], waitEvents: [...waitEvents], attributes: [...attributes] };
}
