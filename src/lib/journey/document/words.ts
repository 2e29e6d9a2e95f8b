/** What every setting of the language is called: for forms, the published schema and the docs, beside the schema itself. */
import * as z from 'zod/mini';

/** How a person enters a value. `group` holds fields of its own; a `part` of the document has schemas of its own. */
export type Control =
	| 'text'
	| 'slug'
	| 'longText'
	| 'number'
	| 'yesNo'
	| 'choice'
	| 'duration'
	| 'offset'
	| 'time'
	| 'instant'
	| 'days'
	| 'timezone'
	| 'recurrence'
	| 'date'
	| 'event'
	| 'where'
	| 'goal'
	| 'tests'
	| 'value'
	| 'branches'
	| 'template'
	| 'attribute'
	| 'segment'
	| 'journey'
	| 'step'
	| 'payload'
	| 'headers'
	| 'set'
	| 'list'
	| 'group'
	| 'part';

export interface Words {
	label?: string;
	/** One sentence: what it does, or what to write. */
	hint?: string;
	/** Where it does not follow from the type. */
	control?: Control;
	/** What each value of a choice is called. */
	options?: Readonly<Record<string, string>>;
	/** What holds where it is left out. */
	default?: unknown;
	/** What the published JSON Schema says of it where a check of our own does the reading, such as a pattern. */
	json?: Readonly<Record<string, unknown>>;
}

export const words = z.registry<Words>();

/** The schema under a name of its own; a schema that several settings share keeps what it says of itself. */
export function said<T extends z.ZodMiniType>(schema: T, label: string, hint: string, more: Words = {}): T {
	const own = z.clone(schema);
	words.add(own, { ...more, label, hint });
	return own;
}

/** Says of a schema what holds wherever it is used. */
export function known<T extends z.ZodMiniType>(schema: T, about: Words): T {
	words.add(schema, about);
	return schema;
}

/** What is known of a schema, also through being optional. */
export function wordsOf(schema: z.core.$ZodType): Words {
	const inner = schema instanceof z.ZodMiniOptional ? wordsOf(schema._zod.def.innerType) : {};
	return { ...inner, ...words.get(schema) };
}
