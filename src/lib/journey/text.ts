const BEYOND_ASCII = /[\u0080-\uffff]/;

/**
 * Text as comparisons see it: Unicode NFC, simple lower-casing. JavaScript's own lower-casing is the full one, which
 * differs for two letters: capital sigma by its place in the word, and dotted capital I.
 */
export function fold(text: string): string {
	if (!BEYOND_ASCII.test(text)) return text.toLowerCase();
	return text
		.normalize('NFC')
		.replace(/\u03a3/g, '\u03c3')
		.replace(/\u0130/g, 'i')
		.toLowerCase();
}

/** Orders by code point, where `<` on strings orders by UTF-16 unit. */
export function compareText(one: string, other: string): number {
	if (one === other) return 0;
	const length = Math.min(one.length, other.length);
	for (let at = 0; at < length; at++) {
		const a = one.charCodeAt(at);
		const b = other.charCodeAt(at);
		if (a === b) continue;
		const surrogates = (a >= 0xd800 && a <= 0xdfff ? 1 : 0) - (b >= 0xd800 && b <= 0xdfff ? 1 : 0);
		return surrogates !== 0 ? surrogates : a - b;
	}
	return one.length - other.length;
}

/**
 * A property by path: a key of that name first, else step by step through objects along the dots. A list is no object,
 * so neither its length nor its items are properties.
 */
export function propertyAt(properties: Record<string, unknown>, path: string): unknown {
	if (Object.hasOwn(properties, path)) return properties[path];
	let value: unknown = properties;
	for (const part of path.split('.')) {
		if (!isObject(value) || !Object.hasOwn(value, part)) return undefined;
		value = value[part];
	}
	return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
