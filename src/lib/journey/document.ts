/**
 * The document `stepwell.journey/1` (docs: the journey language, §2 to §4). Types, reading, forms, the published schema
 * and the docs' tables all come from these schemas. Steps and conditions are read one by one in `compile/1-parse.ts`,
 * which turns what they say into diagnostics.
 */
import * as z from 'zod/mini';
import { actionSchemas, decisionSchemas, waitSchemas } from './document/steps.ts';
import type { Settings } from './document/settings.ts';
import { timeFormOf, timeForms, triggerSchemas, type TimeForm } from './document/triggers.ts';
import { maxVisits, slug, text } from './document/values.ts';
import { said } from './document/words.ts';
import { parseDay, parseInstant } from './zone.ts';

export { ATTRIBUTE_KEY, LIMITS, SLUG, isCleanText } from './document/values.ts';
export * from './document/where.ts';
export { settingsSchema, type FrequencyCap, type QuietHours, type Settings } from './document/settings.ts';
export { BEHAVIORS, timeFormLabels, timeFormOf, timeForms, type TimeForm } from './document/triggers.ts';

export const FORMAT = 'stepwell.journey/1';

/** The settings of each step kind (§3). */
export const configSchemas = {
	...triggerSchemas,
	...decisionSchemas,
	...waitSchemas,
	...actionSchemas
} as const;

/** The schema to read a step's settings with; for a trigger by time, the one of the form that is meant. */
export function configSchemaOf(kind: StepKind, config: unknown) {
	return kind === 'trigger.time' ? timeForms[timeFormOf(config)] : configSchemas[kind];
}

export type StepKind = keyof typeof configSchemas;
export const STEP_KINDS = Object.keys(configSchemas) as readonly StepKind[];
export type ConfigOf<K extends StepKind> = z.infer<(typeof configSchemas)[K]>;

export const stepFrameSchema = z.strictObject({
	id: said(slug, 'Id', 'Names the step in edges and conditions; unique in the document.'),
	kind: said(z.enum(STEP_KINDS), 'Kind', 'What the step does.', { control: 'part' }),
	label: said(z.optional(text(200, 0)), 'Name', 'What people call it; it changes nothing.'),
	position: said(
		z.optional(
			z.strictObject({
				x: said(z.number(), 'Across', 'From the left, in the canvas’s own pixels.'),
				y: said(z.number(), 'Down', 'From the top, in the canvas’s own pixels.')
			})
		),
		'Place',
		'Where it is drawn; it changes nothing.'
	),
	maxVisits: said(
		z.optional(maxVisits),
		'Most visits',
		'How often one passage may come here; without it, the journey’s.'
	),
	disabled: said(
		z.optional(z.boolean()),
		'Turned off',
		'Contacts pass it along “next” and it does nothing; a trigger admits nobody.',
		{ default: false }
	),
	config: said(z.unknown(), 'Settings', 'What the kind asks for.', { control: 'part' })
});

interface StepFrame {
	id: string;
	label?: string;
	position?: { x: number; y: number };
	/** At most so many visits of one enrollment; else the journey's, else 1. */
	maxVisits?: number;
	/** Contacts pass along `next` and nothing happens. */
	disabled?: boolean;
}

export type StepOf<K extends StepKind> = StepFrame & { kind: K; config: ConfigOf<K> };
/** A node of the graph, told apart by `kind`. */
export type Step = { [K in StepKind]: StepOf<K> }[StepKind];
export type TriggerStep = Extract<Step, { kind: `trigger.${string}` }>;
export type SendStep = Extract<Step, { kind: `send.${string}` }>;
export type SendConfig = ConfigOf<'send.email'> | ConfigOf<'send.text'>;
export type TimeConfig<F extends TimeForm> = z.infer<(typeof timeForms)[F]>;

export const edgeSchema = z.strictObject({
	from: said(z.string(), 'From', 'The id of the step that it leaves.'),
	outcome: said(z.string(), 'Outcome', 'The outcome of that step; each has at most one edge.'),
	to: said(z.string(), 'To', 'The id of the step that it enters; never a trigger.')
});
/** Leaves one outcome of the step `from` and enters the step `to`. */
export type Edge = z.infer<typeof edgeSchema>;

export interface JourneyDocument {
	format: typeof FORMAT;
	name: string;
	settings?: Settings;
	steps: Step[];
	edges: Edge[];
}

export const documentFrameSchema = z.strictObject({
	format: said(z.literal(FORMAT), 'Format', 'Which format the file is of.'),
	name: said(text(200), 'Name', 'What people call the journey.'),
	settings: said(z.optional(z.unknown()), 'Settings', 'What holds for the whole journey.', {
		control: 'part'
	}),
	steps: said(z.array(z.unknown()), 'Steps', 'The steps, in any order.', { control: 'part' }),
	edges: said(z.array(z.unknown()), 'Edges', 'The ways from step to step.', { control: 'part' })
});

export function isSend(step: Step): step is SendStep {
	return step.kind === 'send.email' || step.kind === 'send.text';
}

export function isTrigger(step: Step): step is TriggerStep {
	return step.kind.startsWith('trigger.');
}

/** Whether a value of a condition is a calendar date or an instant. */
export function isDateText(value: unknown): value is string {
	return typeof value === 'string' && (parseDay(value) !== null || parseInstant(value) !== null);
}
