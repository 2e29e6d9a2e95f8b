/** The settings of each step kind and of the journey as fields, read out of the schemas of the document. */
import * as z from 'zod/mini';
import {
	configSchemaOf,
	documentFrameSchema,
	edgeSchema,
	settingsSchema,
	stepFrameSchema,
	type StepKind
} from './document.ts';
import { wordsOf, type Control } from './document/words.ts';

export interface Choice {
	value: string;
	label: string;
}

/** One setting, as a form asks for it and a table tells it. */
export interface Field {
	/** Its place in the settings; in an entry of a list, its place in the entry. */
	path: readonly string[];
	label: string;
	/** One sentence. */
	hint: string;
	control: Control;
	required: boolean;
	/** What holds where it is left out. */
	default?: unknown;
	/** The values of a choice. */
	options?: readonly Choice[];
	/** The least and the most: of a number, or of how long a text or a list is. */
	min?: number;
	max?: number;
	/** A list whose only entry may stand alone. */
	isAlone?: true;
	/** The fields of a group, or of each entry of a list. */
	fields?: readonly Field[];
}

type Schema = z.core.$ZodType;

/** The fields of a step's settings; for a trigger by time, those of the form that `config` is of. */
export function fieldsOf(kind: StepKind, config?: unknown): Field[] {
	return fieldsIn(configSchemaOf(kind, config));
}

/** The fields of the journey's own settings. */
export const journeyFields: readonly Field[] = fieldsIn(settingsSchema);

/** What a document, a step and an edge hold beside the settings. */
export const frameFields = {
	document: fieldsIn(documentFrameSchema),
	step: fieldsIn(stepFrameSchema),
	edge: fieldsIn(edgeSchema)
} as const;

/** The fields of any object schema of the document, such as one of the conditions. */
export function fieldsIn(schema: Schema, base: readonly string[] = []): Field[] {
	if (!(schema instanceof z.ZodMiniObject)) return [];
	return Object.entries(schema._zod.def.shape).map(([key, value]) => fieldOf(value, [...base, key]));
}

function fieldOf(schema: Schema, path: readonly string[]): Field {
	const { label = '', hint = '', control, options, default: fallback } = wordsOf(schema);
	const inner = withoutOptional(schema);
	const choices = inner instanceof z.ZodMiniEnum ? choicesOf(inner, options) : null;
	const fields = fieldsWithin(inner, path);
	return {
		path,
		label,
		hint,
		control: control ?? controlOf(inner),
		required: inner === schema,
		...(fallback === undefined ? {} : { default: fallback }),
		...(choices ? { options: choices } : {}),
		...boundsOf(inner),
		...(inner instanceof z.ZodMiniUnion && control === 'list' ? { isAlone: true } : {}),
		...(fields.length > 0 ? { fields } : {})
	};
}

function withoutOptional(schema: Schema): Schema {
	return schema instanceof z.ZodMiniOptional ? withoutOptional(schema._zod.def.innerType) : schema;
}

function controlOf(schema: Schema): Control {
	if (schema instanceof z.ZodMiniNumber) return 'number';
	if (schema instanceof z.ZodMiniBoolean) return 'yesNo';
	if (schema instanceof z.ZodMiniEnum) return 'choice';
	if (schema instanceof z.ZodMiniArray) return 'list';
	if (schema instanceof z.ZodMiniObject) return 'group';
	return 'text';
}

function choicesOf(schema: z.ZodMiniEnum, labels: Readonly<Record<string, string>> = {}): Choice[] {
	return Object.values(schema._zod.def.entries).map((value) => ({
		value: String(value),
		label: labels[String(value)] ?? String(value)
	}));
}

/** Fields of a group go on from its place; those of a list's entries begin anew. */
function fieldsWithin(schema: Schema, path: readonly string[]): Field[] {
	if (schema instanceof z.ZodMiniArray) return fieldsIn(schema._zod.def.element);
	return fieldsIn(schema, path);
}

function boundsOf(schema: Schema): Pick<Field, 'min' | 'max'> {
	const bounds: Pick<Field, 'min' | 'max'> = {};
	for (const check of schema._zod.def.checks ?? []) {
		const def: object = check._zod.def;
		if (isA<z.core.$ZodCheckGreaterThanDef>(def, 'greater_than')) bounds.min = Number(def.value);
		if (isA<z.core.$ZodCheckLessThanDef>(def, 'less_than')) bounds.max = Number(def.value);
		if (isA<z.core.$ZodCheckMinLengthDef>(def, 'min_length')) bounds.min = def.minimum;
		if (isA<z.core.$ZodCheckMaxLengthDef>(def, 'max_length')) bounds.max = def.maximum;
	}
	return bounds;
}

function isA<D extends { check: string }>(def: object, check: D['check']): def is D {
	return 'check' in def && def.check === check;
}
