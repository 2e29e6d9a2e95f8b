import type { TimeConfig } from './document.ts';
import { addToDay, parseDurationParts, type DurationParts } from './duration.ts';
import { anniversaryIn } from './where/compare.ts';
import {
	HOUR,
	MINUTE,
	dayOf,
	formatDay,
	parseDay,
	parseInstant,
	timeOfDay,
	toInstant,
	toLocal
} from './zone.ts';

export interface Occurrence {
	/** The date or its anniversary, before the offset: `2026-03-01`. Each admits a contact once. */
	occurrence: string;
	at: number;
}

function dayOfValue(value: unknown, zone: string): number | null {
	if (typeof value !== 'string') return null;
	const instant = parseInstant(value);
	return instant === null ? parseDay(value) : dayOf(toLocal(zone, instant));
}

/** First the anniversary, then the offset, then the time of day on the wall clock. */
function instantOf(day: number, offset: DurationParts, at: string, zone: string): number {
	const clock = offset.sign * (offset.hours * HOUR + offset.minutes * MINUTE + offset.seconds * 1_000);
	return toInstant(zone, addToDay(day, offset) + timeOfDay(at)) + clock;
}

/** The first occurrence of a date trigger that is not before `now`, or null. An attribute that is no date has none. */
export function nextOccurrence(
	config: TimeConfig<'date'>,
	attributeValue: unknown,
	zone: string,
	now: number
): Occurrence | null {
	const date = dayOfValue(attributeValue, zone);
	const offset = parseDurationParts(config.offset);
	if (date === null || !offset) return null;
	const occur = (day: number): Occurrence => ({
		occurrence: formatDay(day),
		at: instantOf(day, offset, config.at, zone)
	});
	if (config.repeat === 'once') {
		const only = occur(date);
		return only.at >= now ? only : null;
	}
	// The offset moves an occurrence by years at most; from two years before that none can be missed.
	const offsetYears = Math.ceil(
		offset.years + offset.months / 12 + (offset.weeks * 7 + offset.days) / 365 + offset.hours / 8_760
	);
	const firstYear = new Date(date).getUTCFullYear();
	const nearYear = new Date(now).getUTCFullYear() - offset.sign * offsetYears - 2;
	for (
		let year = Math.max(firstYear, nearYear);
		year < Math.max(firstYear, nearYear) + 2 * offsetYears + 8;
		year++
	) {
		const next = occur(anniversaryIn(year, date));
		if (next.at >= now) return next;
	}
	return null;
}
