/**
 * The document `stepwell.journey/1` (docs: the journey language, §2 to §4) for the step kinds of this version.
 * Steps and conditions are read one by one in `compile/1-parse.ts`, which turns what these schemas say into diagnostics.
 */
import * as z from 'zod/mini';
import { parseDurationParts, roughMs } from './duration.ts';
import { isZone, parseDay, parseInstant } from './zone.ts';

export const FORMAT = 'stepwell.journey/1';

/** Where a document ends: steps, edges, bytes of JSON, visits of a step, and how deep conditions and values nest. */
export const LIMITS = { steps: 2_000, edges: 4_000, bytes: 1_048_576, maxVisits: 100, depth: 64 } as const;

/** The slug that ids, journeys, templates and API triggers share. */
export const SLUG = /^[a-z][a-z0-9-]{0,63}$/;
export const ATTRIBUTE_KEY = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** What text may not hold: U+0000 and half of a surrogate pair. */
export function isCleanText(text: string): boolean {
	return (
		!text.includes('\u0000') &&
		!/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text)
	);
}

function text(longest: number, shortest = 1) {
	return z
		.string()
		.check(
			z.minLength(shortest, 'it is empty'),
			z.maxLength(longest, `it is longer than ${longest} characters`),
			z.refine(isCleanText, 'it holds characters that are no text')
		);
}

const slug = z
	.string()
	.check(z.regex(SLUG, 'use small letters, digits and hyphens, a letter first, at most 64 characters'));
const attributeKey = z
	.string()
	.check(
		z.regex(ATTRIBUTE_KEY, 'use letters, digits and underscores, a letter first, at most 64 characters')
	);
const eventName = text(200);
const propertyPath = text(200);
const time = z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write a time of day such as 09:00'));
const offset = z
	.string()
	.check(
		z.refine((iso) => parseDurationParts(iso) !== null, 'write a duration such as P3D, or -P3D for before')
	);
const duration = z.string().check(
	z.refine((iso) => {
		const parts = parseDurationParts(iso);
		return parts !== null && parts.sign === 1 && roughMs(parts) > 0;
	}, 'write a duration above zero, such as PT4H or P2D')
);
const timezone = z
	.string()
	.check(z.refine(isZone, 'write the name of a time zone, such as America/New_York'));
const count = z
	.number()
	.check(z.int('write a whole number'), z.gte(1, 'it is below 1'), z.lte(1_000_000, 'it is too high'));

export const opSchema = z.enum([
	'=',
	'!=',
	'<',
	'<=',
	'>',
	'>=',
	'in',
	'contains',
	'startsWith',
	'matches',
	'exists',
	'missing',
	'before',
	'after',
	'withinLast',
	'withinNext',
	'anniversaryWithin'
]);
export type Op = z.infer<typeof opSchema>;

export const COUNT_OPS = ['=', '!=', '<', '<=', '>', '>='] as const;

/** One test of an event's property. */
export const propertyTestSchema = z.strictObject({
	property: propertyPath,
	op: opSchema,
	value: z.optional(z.unknown())
});
export type PropertyTest = z.infer<typeof propertyTestSchema>;

export const attributeTestSchema = z.strictObject({
	attribute: attributeKey,
	op: opSchema,
	value: z.optional(z.unknown())
});
export type AttributeTest = z.infer<typeof attributeTestSchema>;

export const triggerTestSchema = z.strictObject({
	trigger: propertyPath,
	op: opSchema,
	value: z.optional(z.unknown())
});
export type TriggerTest = z.infer<typeof triggerTestSchema>;

export const eventTestSchema = z.strictObject({
	event: z.strictObject({
		name: eventName,
		where: z.optional(z.array(propertyTestSchema)),
		within: z.optional(duration),
		count: z.optional(
			z.strictObject({
				op: z.enum(COUNT_OPS),
				value: z.number().check(z.int('write a whole number'), z.gte(0, 'it is below 0'))
			})
		)
	})
});
export type EventTest = z.infer<typeof eventTestSchema>;

export const messageTestSchema = z.strictObject({
	message: z.strictObject({
		step: z.optional(slug),
		was: z.enum(['sent', 'delivered', 'opened', 'clicked', 'bounced', 'ignored']),
		link: z.optional(text(2_000)),
		within: z.optional(duration)
	})
});
export type MessageTest = z.infer<typeof messageTestSchema>;

export const segmentTestSchema = z.strictObject({ segment: slug });
export type SegmentTest = z.infer<typeof segmentTestSchema>;

export const consentTestSchema = z.strictObject({
	consent: z.enum(['marketing', 'email', 'text']),
	topic: z.optional(text(200))
});
export type ConsentTest = z.infer<typeof consentTestSchema>;

/** A condition (§4). */
export type Where =
	| { all: Where[] }
	| { any: Where[] }
	| { not: Where }
	| AttributeTest
	| TriggerTest
	| EventTest
	| MessageTest
	| SegmentTest
	| ConsentTest;

/** Stands for a condition in the schemas below; the condition itself is read by its own reader, which knows its place. */
const where = z.custom<Where>(
	(input) => typeof input === 'object' && input !== null && !Array.isArray(input)
);

const quietHours = z
	.strictObject({
		from: time,
		to: time,
		days: z.optional(
			z
				.array(z.number().check(z.int('use 1 for Monday to 7 for Sunday'), z.gte(1), z.lte(7)))
				.check(z.minLength(1, 'name at least one day'))
		),
		collision: z.optional(z.enum(['wait', 'skip']))
	})
	.check(
		z.refine((hours) => hours.from !== hours.to, {
			error: 'quiet hours that end when they start hold nothing',
			path: ['to']
		})
	);
export type QuietHours = z.infer<typeof quietHours>;

const frequencyCap = z.strictObject({ messages: count, per: duration });
export type FrequencyCap = z.infer<typeof frequencyCap>;

const maxVisits = z
	.number()
	.check(
		z.int('write a whole number'),
		z.gte(1, 'it is below 1'),
		z.lte(LIMITS.maxVisits, `it is over ${LIMITS.maxVisits}`)
	);

const reentry = z
	.strictObject({ when: z.enum(['never', 'afterExit', 'always']), wait: z.optional(duration) })
	.check(
		z.refine((rule) => rule.wait === undefined || rule.when === 'afterExit', {
			error: 'a wait belongs to re-entry after the exit',
			path: ['wait']
		})
	);

export const settingsSchema = z.strictObject({
	timezone: z.optional(timezone),
	reentry: z.optional(reentry),
	exitWhen: z.optional(where),
	goal: z.optional(
		z.custom<Goal>((input) => typeof input === 'object' && input !== null && !Array.isArray(input))
	),
	quietHours: z.optional(quietHours),
	frequencyCap: z.optional(frequencyCap),
	maxVisits: z.optional(maxVisits)
});
/** A condition and, in `within`, how long after the entry it still counts. */
export type Goal = Where & { within?: string };
export type Settings = z.infer<typeof settingsSchema>;
export const goalWithinSchema = duration;

const key = z.optional(propertyPath);

const BEHAVIORS = [
	'email.opened',
	'email.clicked',
	'email.ignored',
	'page.viewed',
	'form.submitted',
	'resource.downloaded',
	'list.subscribed'
] as const;

/** The settings of each step kind (§3). */
export const configSchemas = {
	'trigger.time': z.strictObject({
		date: attributeKey,
		offset,
		at: time,
		repeat: z.enum(['once', 'yearly']),
		audience: z.optional(where)
	}),
	'trigger.behavior': z
		.strictObject({
			event: z.enum(BEHAVIORS),
			where: z.optional(where),
			journey: z.optional(slug),
			step: z.optional(slug),
			for: z.optional(duration),
			key
		})
		.check(
			z.refine((config) => config.event === 'email.ignored' || config.for === undefined, {
				error: 'only an ignored email has a time',
				path: ['for']
			})
		),
	'trigger.transactional': z.strictObject({ event: eventName, where: z.optional(where), key }),
	'trigger.api': z.strictObject({
		name: slug,
		payload: z.optional(z.unknown()),
		where: z.optional(where),
		key
	}),
	'decide.if': z.strictObject({ where }),
	'wait.for': z.strictObject({ duration }),
	'wait.event': z.strictObject({
		event: eventName,
		match: z.optional(z.array(propertyTestSchema)),
		same: z.optional(propertyPath),
		timeout: duration
	}),
	'send.email': z.strictObject({
		template: slug,
		purpose: z.enum(['treatment', 'operations', 'marketing']),
		remuneration: z.optional(z.enum(['none', 'inKind', 'financial'])),
		costRelated: z.optional(z.boolean()),
		sponsor: z.optional(text(200)),
		subject: z.optional(text(500)),
		from: z.optional(text(320)),
		security: z.optional(z.enum(['auto', 'tls'])),
		topic: z.optional(text(200)),
		quietHours: z.optional(quietHours),
		ignoreCap: z.optional(z.boolean())
	}),
	exit: z.strictObject({ reason: z.optional(text(200)) })
} as const;

export type StepKind = keyof typeof configSchemas;
export const STEP_KINDS = Object.keys(configSchemas) as readonly StepKind[];
export type ConfigOf<K extends StepKind> = z.infer<(typeof configSchemas)[K]>;

export const stepFrameSchema = z.strictObject({
	id: slug,
	kind: z.enum(STEP_KINDS),
	label: z.optional(text(200, 0)),
	position: z.optional(z.strictObject({ x: z.number(), y: z.number() })),
	maxVisits: z.optional(maxVisits),
	disabled: z.optional(z.boolean()),
	config: z.unknown()
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
export type SendConfig = ConfigOf<'send.email'>;

export const edgeSchema = z.strictObject({ from: z.string(), outcome: z.string(), to: z.string() });
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
	format: z.literal(FORMAT),
	name: text(200),
	settings: z.optional(z.unknown()),
	steps: z.array(z.unknown()),
	edges: z.array(z.unknown())
});

export function isTrigger(step: Step): step is TriggerStep {
	return step.kind.startsWith('trigger.');
}

/** Whether a value of a condition is a calendar date or an instant. */
export function isDateText(value: unknown): value is string {
	return typeof value === 'string' && (parseDay(value) !== null || parseInstant(value) !== null);
}
