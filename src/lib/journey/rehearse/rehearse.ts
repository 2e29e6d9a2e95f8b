/** Rehearsal in memory (§9): deterministic to the byte, in Node and in the browser. */
import { compile } from '../compile/compile.ts';
import type { Diagnostic } from '../compile/diagnostic.ts';
import type { TemplateSummary, Workspace } from '../compile/workspace.ts';
import { isSend } from '../document.ts';
import { classify } from '../gate.ts';
import { readsOf } from '../liquid.ts';
import type { Plan } from '../plan.ts';
import { compareText } from '../text.ts';
import { Agenda } from './agenda.ts';
import { play } from './play.ts';
import { instantOf, type Scenario, type ScenarioContact } from './scenario.ts';
import type { Person, Rehearsed, Stage } from './stage.ts';
import { stillTrace, traceOf, type Trace } from './trace.ts';

/** A rehearsal's trace; `isRefused` where diagnostics stop a publish, and nobody moved. */
export interface Rehearsal {
	trace: Trace;
	isRefused: boolean;
}

/** Compiles a scenario's journeys and plays it. */
export function rehearse(scenario: Scenario): Rehearsal {
	const workspace = workspaceOf(scenario);
	const diagnostics: Record<string, Diagnostic[]> = {};
	const plans: Plan[] = [];
	for (const { slug, document } of scenario.journeys) {
		const compiled = compile(document, workspace, slug);
		diagnostics[slug] = compiled.diagnostics;
		if (compiled.plan) plans.push(compiled.plan);
	}
	if (plans.length < scenario.journeys.length) {
		return { trace: stillTrace(scenario, diagnostics), isRefused: true };
	}
	const stage = setStage(scenario, plans);
	play(stage, scenario);
	return { trace: traceOf(stage, scenario, diagnostics), isRefused: false };
}

/** What the compiler knows of a scenario. A missing agreement stands for one that ended after the publish. */
export function workspaceOf(scenario: Scenario): Workspace {
	return {
		timezone: scenario.workspace?.timezone ?? 'UTC',
		attributes: (scenario.attributes ?? []).map(({ key, label = key, type, phi = false }) => ({
			key,
			label,
			type,
			phi
		})),
		templates: (scenario.templates ?? []).map(summaryOf),
		segments: scenario.segments,
		journeys: scenario.journeys,
		...(scenario.workspace?.frequencyCap ? { frequencyCap: scenario.workspace.frequencyCap } : {})
	};
}

function summaryOf(template: NonNullable<Scenario['templates']>[number]): TemplateSummary {
	const { slug, name = slug, channel, subject = '', text } = template;
	return { slug, name, channel, subject, text, reads: readsIn(text), subjectReads: readsIn(subject) };
}

/** A template that is no Liquid reads nothing; a real one could not be saved. */
function readsIn(text: string): string[] {
	try {
		return readsOf(text);
	} catch {
		return [];
	}
}

function setStage(scenario: Scenario, plans: Plan[]): Stage {
	const start = instantOf(scenario.start);
	const journeys = plans
		.toSorted((one, other) => compareText(one.slug, other.slug))
		.map((plan, rank): Rehearsed => setJourney(plan, rank));
	const triggers = journeys.flatMap((journey) => journey.triggers);
	triggers.forEach((trigger, rank) => (trigger.rank = rank));
	const watched = triggers.flatMap(({ plan }) =>
		plan.kind === 'trigger.segment' ? [plan.config.segment] : []
	);
	return {
		now: start,
		start,
		agenda: new Agenda(),
		people: setPeople(scenario.contacts, start),
		journeys,
		journeyBySlug: new Map(journeys.map((journey) => [journey.slug, journey])),
		triggers,
		passages: [],
		messages: [],
		refusals: [],
		queue: [],
		segmentConditions: Object.fromEntries(scenario.segments.map(({ slug, where }) => [slug, where])),
		attributeTypes: Object.fromEntries((scenario.attributes ?? []).map(({ key, type }) => [key, type])),
		watched: [...new Set(watched)],
		lastEventId: 0,
		workspaceTimezone: scenario.workspace?.timezone ?? 'UTC',
		frequencyCap: scenario.workspace?.frequencyCap,
		baa: scenario.workspace?.baa,
		marketingSteps: marketingStepsOf(plans),
		webhookAnswers: Map.groupBy(scenario.webhooks ?? [], ({ step }) => step)
	};
}

function marketingStepsOf(plans: Plan[]): Set<string> {
	const steps = plans.flatMap(({ slug, steps: all }) =>
		Object.values(all).flatMap((step) =>
			isSend(step) && classify(step.config).marketing ? [`${slug} ${step.id}`] : []
		)
	);
	return new Set(steps);
}

/** Every send step stays for its hand-over, which comes at once: so what follows sees whether it was sent. */
function setJourney(plan: Plan, rank: number): Rehearsed {
	const steps = Object.fromEntries(
		Object.entries(plan.steps).map(([id, step]) => [
			id,
			isSend(step) ? { ...step, staysForHandover: true } : step
		])
	);
	const journey: Rehearsed = {
		rank,
		slug: plan.slug,
		plan: { ...plan, steps },
		state: 'live',
		triggers: [],
		manual: plan.triggers.find((each) => each.kind === 'trigger.manual' && !each.disabled)?.step ?? '',
		heldEvents: [],
		overdue: [],
		pastByContact: new Map(),
		keys: new Set(),
		places: new Map()
	};
	journey.triggers = plan.triggers.map((each) => ({ rank: 0, journey, plan: each }));
	return journey;
}

/** In code point order of their ids, which is the order in which they come at one instant. */
function setPeople(contacts: ScenarioContact[], start: number): Person[] {
	return contacts
		.toSorted((one, other) => compareText(one.id, other.id))
		.map((contact, rank): Person => {
			const {
				id,
				email = null,
				phone = null,
				timezone = null,
				attributes = {},
				createdAt,
				consents = []
			} = contact;
			return {
				rank,
				fact: { id, email, phone, timezone, attributes, createdAt: createdAt ? instantOf(createdAt) : start },
				events: [],
				consents: consents.map((consent) => ({
					kind: consent.kind,
					topic: consent.topic ?? null,
					sponsor: consent.sponsor ?? null,
					grantedAt: instantOf(consent.grantedAt),
					expiresAt: consent.expiresAt ? instantOf(consent.expiresAt) : null,
					revokedAt: consent.revokedAt ? instantOf(consent.revokedAt) : null
				})),
				suppressions: [],
				marketingSentAt: [],
				messages: [],
				messageFacts: [],
				kept: [],
				lineageByAttribute: new Map(),
				members: new Set(),
				passages: [],
				failures: new Map(),
				planned: new Map(),
				occurrences: new Set()
			};
		});
}
