import type { ConfigOf, Settings, StepKind, TriggerStep } from './document.ts';
import type { AttributeType } from './world.ts';

export const PLAN_FORMAT = 'stepwell.plan/1';

interface PlanStepFrame {
	id: string;
	label?: string;
	/** The step that each outcome leads to; null ends the enrollment. Every outcome of the kind is here. */
	outcomes: Record<string, string | null>;
	maxVisits: number;
	disabled: boolean;
	/** A send step with an edge on `failed` or `blocked`: it stays until the hand-over is recorded. */
	staysForHandover: boolean;
	/** A send step whose template reads health information. */
	holdsPhi?: boolean;
}

export type PlanStepOf<K extends StepKind> = PlanStepFrame & { kind: K; config: ConfigOf<K> };
export type PlanStep = { [K in StepKind]: PlanStepOf<K> }[StepKind];

/** A trigger of the plan. A disabled one admits nobody. */
export type PlanTrigger = {
	[K in TriggerStep['kind']]: { step: string; kind: K; config: ConfigOf<K>; disabled: boolean };
}[TriggerStep['kind']];

/** What the plan's conditions ask, so that the shell loads no more. */
export interface PlanReads {
	/** Segments that conditions name. */
	segments?: string[];
	/** Journeys that steps enter. */
	journeys?: string[];
	/** Event names in decisions, the exit rule and the goal. */
	events: string[];
	/** Event names that wait steps wait for. */
	waitEvents: string[];
	messages: boolean;
	consents: boolean;
	/** Keys in conditions; what templates read is the sender's business. */
	attributes: string[];
	/** Whether any send step is marketing, so that what was sent before is counted. */
	marketing: boolean;
}

/** A stored plan, or null where it was made by another version than this one can run. */
export function readPlan(stored: unknown): Plan | null {
	const isPlan =
		typeof stored === 'object' && stored !== null && 'format' in stored && stored.format === PLAN_FORMAT;
	return isPlan ? (stored as Plan) : null;
}

/** The most messages that one passage can bring within a time, and the steps of such a passage, in order. */
export interface Volume {
	messages: number;
	steps: string[];
}

/** A compiled journey: what is published and run. JSON all through. */
export interface Plan {
	format: typeof PLAN_FORMAT;
	name: string;
	/** Empty where the compiler was not told. */
	slug: string;
	settings: Settings;
	attributeTypes: Record<string, AttributeType>;
	/** Keys whose values are masked in what a decision read. */
	phiAttributes: string[];
	steps: Record<string, PlanStep>;
	triggers: PlanTrigger[];
	reads: PlanReads;
	/**
	 * Bounds that the publish promised for one passage: in any day of the calendar, in any thirty of them in a row, in the
	 * contact's zone. A message counts when its step makes it. Plans of before have none.
	 */
	volume?: { day: Volume; month: Volume };
}
