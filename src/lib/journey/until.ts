/** When a `wait.until` ends (§3). */
import type { ConfigOf } from './document.ts';
import { addDuration, addToDay, clockMs, parseDurationParts } from './duration.ts';
import { propertyAt } from './text.ts';
import type { AttributeType } from './world.ts';
import {
	DAY,
	MINUTE,
	dayOf,
	parseDay,
	parseInstant,
	timeOfDay,
	toInstant,
	toLocal,
	weekdayOf
} from './zone.ts';

type UntilConfig = ConfigOf<'wait.until'>;

export interface UntilFacts {
	/** The contact's zone, already settled. */
	zone: string;
	attributes: Record<string, unknown>;
	attributeTypes: Record<string, AttributeType>;
	trigger: Record<string, unknown>;
	/** When an earlier visit of the step was left. */
	leftAt?: number;
}

/** The end of a wait, not before now; `past` where its date is gone, or there is none. */
export interface End {
	at: number;
	outcome: 'next' | 'past';
}

/** Whether a later visit waits for the next such time of day: the one wait without a length that takes time (§6). */
export function isTimeOfDay(config: UntilConfig): boolean {
	return config.at !== undefined && config.until === undefined && config.date === undefined;
}

export function endOf(config: UntilConfig, facts: UntilFacts, now: number): End {
	return config.date === undefined
		? endOfWindow(config, facts, now)
		: endOfDate(config, config.date, facts, now);
}

function endOfWindow(config: UntilConfig, { zone, leftAt }: UntilFacts, now: number): End {
	const from = config.at === undefined ? 0 : timeOfDay(config.at);
	const length = lengthOf(config, from);
	const after = isTimeOfDay(config) ? leftAt : undefined;
	const today = dayOf(toLocal(zone, now));
	for (let day = today - DAY; ; day += DAY) {
		if (config.days && !config.days.includes(weekdayOf(day))) continue;
		const start = toInstant(zone, day + from);
		// A minute is one, also where the wall clock shows the next only after an hour that comes twice.
		const end = length === MINUTE ? start + MINUTE : toInstant(zone, day + from + length);
		if (end <= now || (after !== undefined && start <= after)) continue;
		return { at: Math.max(start, now), outcome: 'next' };
	}
}

/** A time of day alone is that minute, days alone are whole days; a window over midnight belongs to the day it starts on. */
function lengthOf(config: UntilConfig, from: number): number {
	if (config.at === undefined) return DAY;
	return config.until === undefined ? MINUTE : (timeOfDay(config.until) - from + DAY) % DAY;
}

function endOfDate(config: UntilConfig, ref: string, facts: UntilFacts, now: number): End {
	const target = targetOf(config, dateOf(ref, facts), facts.zone);
	if (target === null) return { at: now, outcome: 'past' };
	if (target >= now) return { at: target, outcome: 'next' };
	const isToday = dayOf(toLocal(facts.zone, target)) === dayOf(toLocal(facts.zone, now));
	return { at: now, outcome: isToday ? 'next' : 'past' };
}

type DateValue = { day: number } | { instant: number } | null;

function dateOf(ref: string, { attributes, attributeTypes, trigger }: UntilFacts): DateValue {
	if (ref.startsWith('trigger.')) return readDate(propertyAt(trigger, ref.slice('trigger.'.length)), null);
	return readDate(Object.hasOwn(attributes, ref) ? attributes[ref] : undefined, attributeTypes[ref] ?? null);
}

function readDate(value: unknown, type: AttributeType | null): DateValue {
	if (typeof value !== 'string') return null;
	const day = type === 'datetime' ? null : parseDay(value);
	if (day !== null) return { day };
	const instant = type === 'date' ? null : parseInstant(value);
	return instant === null ? null : { instant };
}

function targetOf(config: UntilConfig, date: DateValue, zone: string): number | null {
	if (!date) return null;
	const offset = config.offset ?? 'P0D';
	if ('instant' in date && config.at === undefined) return addDuration(date.instant, offset, zone);
	const day = 'instant' in date ? dayOf(toLocal(zone, date.instant)) : date.day;
	const parts = parseDurationParts(offset);
	if (!parts) return null;
	const local = addToDay(day, parts) + (config.at === undefined ? 0 : timeOfDay(config.at));
	return toInstant(zone, local) + parts.sign * clockMs(parts);
}
