/** An API trigger's JSON Schema as rows of fields: the part of JSON Schema that a form can show. */
import { z } from 'zod';
import type { ValueType } from './operators.ts';

export const fieldTypes = ['string', 'number', 'integer', 'boolean'] as const;
export type FieldType = (typeof fieldTypes)[number];

export interface PayloadField {
	name: string;
	type: FieldType;
	required: boolean;
}

const schemaShape = z.strictObject({
	type: z.literal('object').optional(),
	properties: z.record(z.string(), z.strictObject({ type: z.enum(fieldTypes) })).optional(),
	required: z.array(z.string()).optional()
});

/** Null when the schema says more than rows can show; then it is left alone. */
export function readPayload(schema: unknown): PayloadField[] | null {
	if (schema === undefined) return [];
	const parsed = schemaShape.safeParse(schema);
	if (!parsed.success) return null;
	const { properties = {}, required = [] } = parsed.data;
	if (required.some((name) => !Object.hasOwn(properties, name))) return null;
	return Object.entries(properties).map(([name, { type }]) => ({
		name,
		type,
		required: required.includes(name)
	}));
}

/** Undefined without fields: then any payload is taken. Fields without a name are still being typed, and left out. */
export function writePayload(fields: readonly PayloadField[]): Record<string, unknown> | undefined {
	const named = fields.filter((field) => field.name !== '');
	if (named.length === 0) return undefined;
	const required = named.filter((field) => field.required).map((field) => field.name);
	return {
		type: 'object',
		properties: Object.fromEntries(named.map((field) => [field.name, { type: field.type }])),
		...(required.length > 0 ? { required } : {})
	};
}

const anyProperties = z.object({ properties: z.record(z.string(), z.unknown()) });
const typedProperty = z.object({ type: z.string() });

/** The fields that a schema names, with the type that conditions compare them as. */
export function payloadTypes(schema: unknown): { name: string; type: ValueType }[] {
	const parsed = anyProperties.safeParse(schema);
	if (!parsed.success) return [];
	return Object.entries(parsed.data.properties).map(([name, property]) => {
		const declared = typedProperty.safeParse(property);
		return { name, type: declared.success ? comparedAs(declared.data.type) : 'text' };
	});
}

function comparedAs(type: string): ValueType {
	if (type === 'number' || type === 'integer') return 'number';
	if (type === 'boolean') return 'boolean';
	return type === 'array' ? 'list' : 'text';
}

/** A payload that fits the fields, for the line that integrators copy. */
export function examplePayload(schema: unknown): Record<string, unknown> {
	const examples: Record<ValueType, unknown> = {
		text: '…',
		number: 1,
		boolean: true,
		date: '2026-03-01',
		datetime: '2026-03-01T09:00:00Z',
		list: []
	};
	return Object.fromEntries(payloadTypes(schema).map(({ name, type }) => [name, examples[type]]));
}
