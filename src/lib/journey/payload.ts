/** The payload of an API trigger: a small, closed part of JSON Schema, so that every keyword in it is one we check. */
import { parseDay, parseInstant } from './zone.ts';
import { compilePattern, type Pattern } from './where/pattern.ts';

export interface PayloadFault {
	/** A JSON pointer into what was checked. */
	path: string;
	message: string;
}

type Schema = Record<string, unknown>;

const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];
const SAID_ONLY = ['$schema', '$id', 'title', 'description', 'examples', 'default'];

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function join(path: string, part: string | number): string {
	return `${path}/${String(part).replace(/~/g, '~0').replace(/\//g, '~1')}`;
}

function isCount(value: unknown): boolean {
	return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function isTypeName(value: unknown): boolean {
	const names: unknown[] = Array.isArray(value) ? value : [value];
	return names.length > 0 && names.every((name) => typeof name === 'string' && TYPES.includes(name));
}

/** What the value of each keyword must be; null fits. */
const KEYWORDS: Record<string, (value: unknown) => string | null> = {
	type: (value) => (isTypeName(value) ? null : `use one of ${TYPES.join(', ')}`),
	properties: (value) => (isRecord(value) ? null : 'it must be an object of schemas'),
	required: (value) =>
		Array.isArray(value) && value.every((name) => typeof name === 'string')
			? null
			: 'it must be a list of names',
	enum: (value) => (Array.isArray(value) && value.length ? null : 'it must be a list of values'),
	items: (value) => (isRecord(value) ? null : 'it must be a schema'),
	additionalProperties: (value) =>
		typeof value === 'boolean' || isRecord(value) ? null : 'it must be true, false or a schema',
	minimum: (value) => (Number.isFinite(value) ? null : 'it must be a number'),
	maximum: (value) => (Number.isFinite(value) ? null : 'it must be a number'),
	minLength: (value) => (isCount(value) ? null : 'it must be a whole number from 0 on'),
	maxLength: (value) => (isCount(value) ? null : 'it must be a whole number from 0 on'),
	pattern: (value) => (typeof value === 'string' ? faultOfPattern(value) : 'it must be text'),
	format: (value) => (value === 'date' || value === 'date-time' ? null : 'use date or date-time')
};

function faultOfPattern(pattern: string): string | null {
	const compiled = compilePattern(pattern, false);
	return 'fault' in compiled ? compiled.fault : null;
}

/** What keeps something from being a payload schema, or null. The path is a pointer into the schema. */
export function checkSchema(schema: unknown, path = ''): PayloadFault | null {
	if (!isRecord(schema)) return { path, message: 'A payload is described by a JSON Schema object.' };
	for (const [keyword, value] of Object.entries(schema)) {
		const place = join(path, keyword);
		if (SAID_ONLY.includes(keyword)) continue;
		const check = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
		if (!check)
			return { path: place, message: `The JSON Schema keyword “${keyword}” is not supported here.` };
		const why = check(value);
		if (why) return { path: place, message: `“${keyword}” does not fit: ${why}.` };
	}
	return checkInner(schema, path);
}

function checkInner(schema: Schema, path: string): PayloadFault | null {
	if (isRecord(schema['properties'])) {
		for (const [name, inner] of Object.entries(schema['properties'])) {
			const fault = checkSchema(inner, join(join(path, 'properties'), name));
			if (fault) return fault;
		}
	}
	if (schema['items'] !== undefined) {
		const fault = checkSchema(schema['items'], join(path, 'items'));
		if (fault) return fault;
	}
	return isRecord(schema['additionalProperties'])
		? checkSchema(schema['additionalProperties'], join(path, 'additionalProperties'))
		: null;
}

function typeOf(value: unknown): string {
	if (value === null) return 'null';
	return Array.isArray(value) ? 'array' : typeof value;
}

function isOfType(value: unknown, name: unknown): boolean {
	if (name === 'integer') return typeof value === 'number' && Number.isInteger(value);
	return typeOf(value) === name;
}

function isSame(one: unknown, other: unknown): boolean {
	if (Array.isArray(one)) {
		return (
			Array.isArray(other) &&
			one.length === other.length &&
			one.every((each, index) => isSame(each, other[index]))
		);
	}
	if (!isRecord(one)) return one === other;
	if (!isRecord(other) || Object.keys(one).length !== Object.keys(other).length) return false;
	return Object.keys(one).every((key) => Object.hasOwn(other, key) && isSame(one[key], other[key]));
}

const patterns = new WeakMap<object, Pattern>();

function patternOf(schema: Schema, pattern: string): Pattern {
	let test = patterns.get(schema);
	if (!test) {
		const compiled = compilePattern(pattern, false);
		test = 'test' in compiled ? compiled.test : () => false;
		patterns.set(schema, test);
	}
	return test;
}

/** The first place where a value does not fit a schema that `checkSchema` accepted, or null. Names no value: it may be PHI. */
export function validatePayload(schema: unknown, value: unknown, path = ''): PayloadFault | null {
	if (!isRecord(schema)) return null;
	const { type, enum: values } = schema;
	if (type !== undefined) {
		const names: unknown[] = Array.isArray(type) ? type : [type];
		if (!names.some((name) => isOfType(value, name)))
			return { path, message: `must be of type ${names.join(' or ')}` };
	}
	if (Array.isArray(values) && !values.some((each) => isSame(each, value))) {
		return { path, message: 'must be one of the listed values' };
	}
	if (typeof value === 'string') return fault(path, textFault(schema, value));
	if (typeof value === 'number') return fault(path, numberFault(schema, value));
	if (Array.isArray(value)) return itemsFault(schema, value, path);
	return isRecord(value) ? propertiesFault(schema, value, path) : null;
}

function fault(path: string, message: string | null): PayloadFault | null {
	return message === null ? null : { path, message };
}

function textFault(schema: Schema, value: string): string | null {
	const { minLength, maxLength, pattern, format } = schema;
	const length = Array.from(value).length;
	if (typeof minLength === 'number' && length < minLength)
		return `must have at least ${minLength} characters`;
	if (typeof maxLength === 'number' && length > maxLength) return `must have at most ${maxLength} characters`;
	if (typeof pattern === 'string' && !patternOf(schema, pattern)(value)) return 'must match the pattern';
	if (format === 'date' && parseDay(value) === null) return 'must be a date such as 2026-03-01';
	if (format === 'date-time' && parseInstant(value) === null)
		return 'must be an instant such as 2026-03-01T09:00:00Z';
	return null;
}

function numberFault(schema: Schema, value: number): string | null {
	const { minimum, maximum } = schema;
	if (typeof minimum === 'number' && value < minimum) return `must be at least ${minimum}`;
	if (typeof maximum === 'number' && value > maximum) return `must be at most ${maximum}`;
	return null;
}

function itemsFault(schema: Schema, value: unknown[], path: string): PayloadFault | null {
	if (schema['items'] === undefined) return null;
	for (const [index, item] of value.entries()) {
		const found = validatePayload(schema['items'], item, join(path, index));
		if (found) return found;
	}
	return null;
}

function propertiesFault(schema: Schema, value: Record<string, unknown>, path: string): PayloadFault | null {
	const { required, additionalProperties } = schema;
	const properties = isRecord(schema['properties']) ? schema['properties'] : {};
	for (const name of Array.isArray(required) ? required : []) {
		if (typeof name === 'string' && !Object.hasOwn(value, name))
			return { path: join(path, name), message: 'is required' };
	}
	for (const [name, inner] of Object.entries(value)) {
		const known = Object.hasOwn(properties, name);
		if (!known && additionalProperties === false) return { path: join(path, name), message: 'is not known' };
		const found = validatePayload(known ? properties[name] : additionalProperties, inner, join(path, name));
		if (found) return found;
	}
	return null;
}
