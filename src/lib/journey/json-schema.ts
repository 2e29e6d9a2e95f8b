/** The journey language as a JSON Schema (draft 2020-12), made from the schemas that read documents. */
import * as z from 'zod/mini';
import {
	STEP_KINDS,
	attributeTestSchema,
	configSchemas,
	consentTestSchema,
	documentFrameSchema,
	edgeSchema,
	eventTestSchema,
	goalWithinSchema,
	LIMITS,
	messageTestSchema,
	opSchema,
	segmentTestSchema,
	settingsSchema,
	stepFrameSchema,
	triggerTestSchema,
	type Op,
	type StepKind
} from './document.ts';
import { instant } from './document/values.ts';
import { wordsOf } from './document/words.ts';
import { canDisable, kindName, kinds } from './kinds.ts';

export type JsonSchema = Record<string, unknown>;

/** Where an installation serves it. */
export const JOURNEY_SCHEMA_PATH = '/schema/journey-1.json';

/**
 * The schema of a document, under the address of the installation at `origin`. What a schema can't say, such as that
 * edges name steps that exist, is the compiler's to find.
 */
export function makeJourneySchema(origin: string): JsonSchema {
	const { properties, ...frame } = converted(documentFrameSchema);
	return {
		$schema: 'https://json-schema.org/draft/2020-12/schema',
		$id: new URL(JOURNEY_SCHEMA_PATH, origin).href,
		title: 'Stepwell journey',
		description: 'A journey: a graph of steps that contacts pass, with settings.',
		...frame,
		properties: {
			...(properties as JsonSchema),
			settings: { $ref: '#/$defs/Settings' },
			steps: { ...partOf(properties, 'steps'), maxItems: LIMITS.steps, items: { $ref: '#/$defs/Step' } },
			edges: { ...partOf(properties, 'edges'), maxItems: LIMITS.edges, items: { $ref: '#/$defs/Edge' } }
		},
		$defs: {
			Settings: {
				title: 'Settings',
				description: 'What holds for the whole journey.',
				...converted(settingsSchema)
			},
			Step: { title: 'Step', oneOf: STEP_KINDS.map((kind) => ({ $ref: `#/$defs/${kind}` })) },
			...Object.fromEntries(STEP_KINDS.map((kind) => [kind, stepSchema(kind)])),
			Edge: { title: 'Edge', ...converted(edgeSchema) },
			Where: { title: 'Condition', oneOf: conditions() },
			Goal: { title: 'Goal', oneOf: conditions().map(withinTime) },
			Comparison: comparison()
		}
	};
}

/** One of our schemas alone; conditions in it refer to `#/$defs`. */
function converted(schema: z.ZodMiniType): JsonSchema {
	const { $schema: _, ...made } = z.toJSONSchema(schema, {
		io: 'input',
		unrepresentable: 'any',
		override: ({ zodSchema, jsonSchema }) => {
			const { label, hint, default: fallback, json } = wordsOf(zodSchema);
			if (label) jsonSchema.title = label;
			if (hint) jsonSchema.description = hint;
			if (fallback !== undefined) jsonSchema.default = fallback;
			Object.assign(jsonSchema, json);
		}
	});
	return made;
}

function partOf(properties: unknown, key: string): JsonSchema {
	return (properties as Record<string, JsonSchema>)[key] ?? {};
}

function stepSchema(kind: StepKind): JsonSchema {
	const { properties, ...frame } = converted(stepFrameSchema);
	const { disabled, ...own } = properties as JsonSchema;
	return {
		title: kindName(kind),
		description: kinds[kind].hint,
		...frame,
		properties: {
			...own,
			...(canDisable(kind) ? { disabled } : {}),
			kind: { const: kind },
			config: converted(configSchemas[kind])
		},
		required: ['id', 'kind', 'config']
	};
}

const here = { $ref: '#/$defs/Where' };

function group(key: string, title: string, value: JsonSchema): JsonSchema {
	return {
		title,
		type: 'object',
		properties: { [key]: value },
		required: [key],
		additionalProperties: false
	};
}

function conditions(): JsonSchema[] {
	return [
		group('all', 'All of these hold', { type: 'array', items: here }),
		group('any', 'Any of these holds', { type: 'array', items: here }),
		group('not', 'This does not hold', here),
		{ title: 'An attribute of the contact', ...converted(attributeTestSchema) },
		{ title: 'A property of the event that let the contact in', ...converted(triggerTestSchema) },
		{ title: 'An event of the contact', ...converted(eventTestSchema) },
		{ title: 'A message to the contact', ...converted(messageTestSchema) },
		{ title: 'A segment', ...converted(segmentTestSchema) },
		{ title: 'A consent', ...converted(consentTestSchema) }
	];
}

function withinTime(condition: JsonSchema): JsonSchema {
	return {
		...condition,
		properties: { ...(condition['properties'] as JsonSchema), within: converted(goalWithinSchema) }
	};
}

const scalar = { type: ['string', 'number', 'boolean'] };
const DAY = '^\\d{4}-\\d{2}-\\d{2}$';

/** What an operator compares with; false where it asks for no value. */
function operandOf(op: Op): JsonSchema | false {
	switch (op) {
		case 'exists':
		case 'missing':
			return false;
		case 'in':
			return { type: 'array', items: scalar };
		case 'startsWith':
		case 'matches':
			return { type: 'string' };
		case 'before':
		case 'after':
			return { type: 'string', anyOf: [{ pattern: DAY }, converted(instant)] };
		case 'withinLast':
		case 'withinNext':
		case 'anniversaryWithin':
			return converted(goalWithinSchema);
		default:
			return scalar;
	}
}

function comparison(): JsonSchema {
	return {
		description: 'What a value may be depends on the operator.',
		oneOf: opSchema.options.map((op) => {
			const value = operandOf(op);
			return {
				properties: { op: { const: op }, value },
				...(value === false ? {} : { required: ['value'] })
			};
		})
	};
}
