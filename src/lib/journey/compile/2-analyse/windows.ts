/** Times as a bound on how many messages fit into them: a window at its longest, a wait at its shortest. */
import { clockMs, parseDurationParts, type DurationParts } from '../../duration.ts';
import { DAY, HOUR } from '../../zone.ts';
import type { Way } from './graph.ts';

export interface Window {
	/** In ms, at most. */
	length: number;
	/**
	 * Whether it is made of days of the calendar, else of hours that never change. Over a change of the clock they differ.
	 */
	isCalendar: boolean;
}

/** The most that a clock is put back by in the course of a year, in any zone: two hours, at Troll in Antarctica. */
const CLOCK_CHANGE = 2 * HOUR;

function calendarMs(parts: DurationParts, days: { year: number; month: number }): number {
	return (parts.years * days.year + parts.months * days.month + parts.weeks * 7 + parts.days) * DAY;
}

/** The longest that a duration can be. */
export function windowOf(iso: string): Window {
	const parts = parseDurationParts(iso);
	if (!parts) return { length: 0, isCalendar: false };
	const [calendar, clock] = [calendarMs(parts, { year: 366, month: 31 }), clockMs(parts)];
	const isMixed = calendar > 0 && clock > 0;
	return { length: calendar + clock + (isMixed ? CLOCK_CHANGE : 0), isCalendar: calendar > 0 };
}

/** The least time that a duration takes of a window. */
function leastOf(iso: string, { isCalendar }: Window): number {
	const parts = parseDurationParts(iso);
	if (!parts) return 0;
	const [calendar, clock] = [calendarMs(parts, { year: 365, month: 28 }), clockMs(parts)];
	const [same, other] = isCalendar ? [calendar, clock] : [clock, calendar];
	return same + Math.max(0, other - CLOCK_CHANGE);
}

/** The least time that a way takes. What waits for people, places or a time of day may be over at once. */
export function leastTime(way: Way, window: Window): number {
	const { step } = way.from;
	if (!way.isTimed || !step) return 0;
	if (step.kind === 'wait.for') return leastOf(step.config.duration, window);
	return step.kind === 'wait.event' && way.outcome === 'timeout' ? leastOf(step.config.timeout, window) : 0;
}
