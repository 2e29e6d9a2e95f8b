/** What `contact.update` and a webhook's answer make of a value: the attribute's declared type, or nothing (§3). */
import { isCleanText } from './document.ts';
import { isOfType } from './where/compare.ts';
import type { AttributeType } from './world.ts';
import { dayOf, formatDay, parseDay, parseInstant, toInstant, toLocal } from './zone.ts';

/**
 * The value as `type`, or undefined where it can't be. A date and an instant become each other by the calendar of `zone`:
 * the local day of an instant, the midnight of a day.
 */
export function convertTo(type: AttributeType | null, value: unknown, zone: string): unknown {
	switch (type) {
		case 'number':
			return numberOf(value);
		case 'boolean':
			return booleanOf(value);
		case 'date':
			return dateOf(value, zone);
		case 'datetime':
			return instantOf(value, zone);
		case 'list':
			return listOf(value);
		case 'text':
		case null:
			return textOf(value);
	}
}

function textOf(value: unknown): string | undefined {
	if (typeof value === 'string') return isCleanText(value) ? value : undefined;
	if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
		return String(value);
	return typeof value === 'object' && value !== null ? textOf(JSON.stringify(value)) : undefined;
}

function numberOf(value: unknown): number | undefined {
	if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
	if (typeof value !== 'string' || !/^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i.test(value))
		return undefined;
	const number = Number(value);
	return Number.isFinite(number) ? number : undefined;
}

function booleanOf(value: unknown): boolean | undefined {
	if (typeof value === 'boolean') return value;
	if (typeof value !== 'string') return undefined;
	const word = value.trim().toLowerCase();
	return word === 'true' ? true : word === 'false' ? false : undefined;
}

function dateOf(value: unknown, zone: string): string | undefined {
	if (typeof value !== 'string') return undefined;
	const text = value.trim();
	if (parseDay(text) !== null) return text;
	const instant = parseInstant(text);
	return (instant !== null && formatDay(dayOf(toLocal(zone, instant)))) || undefined;
}

function instantOf(value: unknown, zone: string): string | undefined {
	if (typeof value !== 'string') return undefined;
	const text = value.trim();
	const day = parseDay(text);
	const instant = day === null ? parseInstant(text) : toInstant(zone, day);
	return instant === null || Math.abs(instant) > 8.64e15 ? undefined : new Date(instant).toISOString();
}

/** A list, the text of a JSON list, or words between commas. */
function listOf(value: unknown): unknown[] | undefined {
	if (isOfType(value, 'list')) return (value as unknown[]).every(isScalar) ? (value as unknown[]) : undefined;
	if (typeof value !== 'string') return undefined;
	if (!value.trim().startsWith('[')) {
		const words = value.split(',').map((word) => word.trim());
		return isCleanText(value) ? words.filter((word) => word !== '') : undefined;
	}
	try {
		return listOf(JSON.parse(value) as unknown[]);
	} catch {
		return undefined; // It only begins like a list.
	}
}

function isScalar(value: unknown): boolean {
	if (typeof value === 'string') return isCleanText(value);
	return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}
