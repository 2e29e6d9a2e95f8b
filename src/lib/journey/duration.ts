import { DAY, HOUR, MINUTE, dayFrom, dayOf, toInstant, toLocal } from './zone.ts';

/** The parts of an ISO 8601 duration. `sign` is -1 only for offsets such as `-P3D`. */
export interface DurationParts {
	sign: 1 | -1;
	years: number;
	months: number;
	weeks: number;
	days: number;
	hours: number;
	minutes: number;
	seconds: number;
}

export type DurationUnit = 'minutes' | 'hours' | 'days' | 'weeks' | 'months' | 'years';

const SHAPE =
	/^(-)?P(?=.)(?:(\d{1,7})Y)?(?:(\d{1,7})M)?(?:(\d{1,7})W)?(?:(\d{1,7})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/;
/** The shape of a duration as a regular expression of ECMA-262, with an optional minus first. */
export const DURATION_PATTERN = SHAPE.source;
const LONGEST = 1_000 * 366 * DAY;

const parsed = new Map<string, DurationParts | null>();

function readParts(iso: string): DurationParts | null {
	const match = SHAPE.exec(iso);
	if (!match) return null;
	const [years, months, weeks, days, hours, minutes, seconds] = match
		.slice(2)
		.map((part) => Number(part ?? 0));
	const parts: DurationParts = {
		sign: match[1] ? -1 : 1,
		years: years ?? 0,
		months: months ?? 0,
		weeks: weeks ?? 0,
		days: days ?? 0,
		hours: hours ?? 0,
		minutes: minutes ?? 0,
		seconds: seconds ?? 0
	};
	return Math.abs(roughMs(parts)) <= LONGEST ? parts : null;
}

/** The parts of an ISO 8601 duration of whole numbers, or null for what is none or is over a thousand years. */
export function parseDurationParts(iso: string): DurationParts | null {
	const known = parsed.get(iso);
	if (known !== undefined) return known;
	const parts = readParts(iso);
	if (parsed.size >= 1_000) parsed.clear();
	parsed.set(iso, parts);
	return parts;
}

/** The length in ms where a month is 30 days and a year 365: for comparing and warning, never for planning. */
export function roughMs(parts: DurationParts): number {
	const days = parts.years * 365 + parts.months * 30 + parts.weeks * 7 + parts.days;
	return parts.sign * (days * DAY + clockMs(parts));
}

/** The part of a duration that goes by the clock that never changes, in ms, without its sign. */
export function clockMs(parts: DurationParts): number {
	return parts.hours * HOUR + parts.minutes * MINUTE + parts.seconds * 1_000;
}

/** `roughMs` of ISO text; 0 for what is no duration. */
export function roughLength(iso: string): number {
	const parts = parseDurationParts(iso);
	return parts ? roughMs(parts) : 0;
}

/** A local day moved by the calendar units; a day that a shorter month lacks becomes its last. */
export function addToDay(day: number, parts: DurationParts, sign: number = parts.sign): number {
	let moved = day;
	if (parts.years || parts.months) {
		const date = new Date(day);
		const month = date.getUTCMonth() + sign * (parts.years * 12 + parts.months);
		const year = date.getUTCFullYear() + Math.floor(month / 12);
		const inYear = ((month % 12) + 12) % 12;
		const last = new Date(dayFrom(year, inYear + 2, 0)).getUTCDate();
		moved = dayFrom(year, inYear + 1, Math.min(date.getUTCDate(), last));
	}
	return moved + sign * (parts.weeks * 7 + parts.days) * DAY;
}

function isCalendar(parts: DurationParts): boolean {
	return parts.years + parts.months + parts.weeks + parts.days > 0;
}

function addParts(instant: number, parts: DurationParts, zone: string, sign: number): number {
	const clock = sign * clockMs(parts);
	if (!isCalendar(parts)) return instant + clock;
	const local = toLocal(zone, instant);
	const day = dayOf(local);
	return toInstant(zone, addToDay(day, parts, sign) + (local - day)) + clock;
}

/**
 * The instant that long after another. Days, weeks, months and years go by the wall clock of `zone`, hours and below
 * by the clock that never changes. Text that is no duration adds nothing.
 */
export function addDuration(instant: number, iso: string, zone: string): number {
	const parts = parseDurationParts(iso);
	return parts ? addParts(instant, parts, zone, parts.sign) : instant;
}

/** The instant that long before another, by the same rules. */
export function subtractDuration(instant: number, iso: string, zone: string): number {
	const parts = parseDurationParts(iso);
	return parts ? addParts(instant, parts, zone, -parts.sign) : instant;
}

const LETTERS: Record<DurationUnit, [prefix: string, letter: string]> = {
	minutes: ['PT', 'M'],
	hours: ['PT', 'H'],
	days: ['P', 'D'],
	weeks: ['P', 'W'],
	months: ['P', 'M'],
	years: ['P', 'Y']
};

/** `durationOf(2, 'days')` is `P2D`; a number below zero gives an offset such as `-P2D`. */
export function durationOf(amount: number, unit: DurationUnit): string {
	const [prefix, letter] = LETTERS[unit];
	return `${amount < 0 ? '-' : ''}${prefix}${Math.abs(Math.trunc(amount))}${letter}`;
}

const WORDS = ['year', 'month', 'week', 'day', 'hour', 'minute', 'second'] as const;

/** A duration in words, without its sign: `P2D` is "2 days", `P1DT4H` is "1 day and 4 hours". Unreadable text stays. */
export function formatDuration(iso: string): string {
	const parts = parseDurationParts(iso);
	if (!parts) return iso;
	const said = WORDS.filter((word) => parts[`${word}s`] > 0).map((word) => {
		const amount = parts[`${word}s`];
		return `${amount} ${word}${amount === 1 ? '' : 's'}`;
	});
	const last = said.pop();
	if (!last) return '0 days';
	return said.length ? `${said.join(', ')} and ${last}` : last;
}
