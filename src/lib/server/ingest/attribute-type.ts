/** The types that an attribute can have, and which values belong to each. */
import type { AttributeType } from '$lib/journey/index.ts';

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** The type of an attribute first seen with this value, or null for what none can hold. */
export function inferType(value: unknown): AttributeType | null {
	if (typeof value === 'boolean') return 'boolean';
	if (typeof value === 'number') return 'number';
	if (Array.isArray(value)) return hasType(value, 'list') ? 'list' : null;
	if (typeof value !== 'string') return null;
	if (isDate(value)) return 'date';
	return isInstant(value) ? 'datetime' : 'text';
}

/** Whether an attribute of `type` can hold `value`. Null always can: it removes the attribute. */
export function hasType(value: unknown, type: AttributeType): boolean {
	if (value === null) return true;
	switch (type) {
		case 'text':
			return typeof value === 'string';
		case 'number':
			return typeof value === 'number';
		case 'boolean':
			return typeof value === 'boolean';
		case 'date':
			return typeof value === 'string' && isDate(value);
		case 'datetime':
			return typeof value === 'string' && isInstant(value);
		case 'list':
			return (
				Array.isArray(value) && value.every((item) => typeof item === 'string' || typeof item === 'number')
			);
	}
}

/** A type in words, for a sentence: "should be a date such as 2026-03-31". */
export const typeInWords: Record<AttributeType, string> = {
	text: 'text',
	number: 'a number',
	boolean: 'true or false',
	date: 'a date such as 2026-03-31',
	datetime: 'a date and time with its offset, such as 2026-03-31T09:00:00-04:00',
	list: 'a list of texts or numbers'
};

/** "firstName" → "First name", for people to read. */
export function labelOf(key: string): string {
	const words = key
		.replace(/([a-z0-9])([A-Z])/g, '$1 $2')
		.replace(/_+/g, ' ')
		.trim()
		.toLowerCase();
	return words ? words.charAt(0).toUpperCase() + words.slice(1) : key;
}

function isDate(text: string): boolean {
	// Date.parse takes February 30 for March 2; the round trip does not.
	const at = DATE.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
	return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

function isInstant(text: string): boolean {
	return INSTANT.test(text) && isDate(text.slice(0, 10)) && !Number.isNaN(Date.parse(text));
}
