/**
 * Local time by zone, in plain arithmetic: an instant is milliseconds since 1970 in UTC, a local time is the same
 * count as if the wall clock stood in UTC. Only the offset comes from the platform's zone database.
 */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const OFFSET_STEP = 15 * MINUTE;
const CACHED_OFFSETS = 20_000;
// Every clock change since Monrovia's of January 1972 fell on a quarter of an hour of UTC.
const FIRST_CACHED = Date.UTC(1973, 0, 1);

interface Zone {
	format: Intl.DateTimeFormat;
	offsets: Map<number, number>;
}

const zones = new Map<string, Zone | null>();

function openZone(name: string): Zone | null {
	const known = zones.get(name);
	if (known !== undefined) return known;
	let zone: Zone | null = null;
	try {
		zone = {
			format: new Intl.DateTimeFormat('en-US', {
				timeZone: name,
				timeZoneName: 'longOffset',
				year: 'numeric'
			}),
			offsets: new Map()
		};
	} catch {
		// A RangeError is the platform's only way to say that it does not know the name.
	}
	if (zones.size > 2_000) zones.clear();
	zones.set(name, zone);
	return zone;
}

/** Whether the platform knows this IANA name. Offsets such as `+02:00` are not zones: they have no clock changes. */
export function isZone(name: string): boolean {
	return /^[A-Za-z]/.test(name) && openZone(name) !== null;
}

/** The first name that is a zone, else UTC. */
export function firstZone(...names: (string | null | undefined)[]): string {
	for (const name of names) if (name && isZone(name)) return name;
	return 'UTC';
}

function readOffset(format: Intl.DateTimeFormat, instant: number): number {
	const name = format.formatToParts(instant).find((part) => part.type === 'timeZoneName')?.value ?? '';
	const match = /^GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(name);
	if (!match) return 0;
	const size = Number(match[2]) * HOUR + Number(match[3]) * MINUTE + Number(match[4] ?? 0) * 1_000;
	return match[1] === '-' ? -size : size;
}

/** How far the wall clock of `zone` is ahead of UTC at an instant, in ms. An unknown zone counts as UTC. */
export function offsetAt(zone: string, instant: number): number {
	if (zone === 'UTC') return 0;
	const opened = openZone(zone);
	if (!opened) return 0;
	const slot = instant < FIRST_CACHED ? null : Math.floor(instant / OFFSET_STEP);
	const known = slot === null ? undefined : opened.offsets.get(slot);
	if (known !== undefined) return known;
	const offset = readOffset(opened.format, instant);
	if (slot !== null) {
		if (opened.offsets.size >= CACHED_OFFSETS) opened.offsets.clear();
		opened.offsets.set(slot, offset);
	}
	return offset;
}

/** The local time of an instant, as ms on that wall clock. */
export function toLocal(zone: string, instant: number): number {
	return instant + offsetAt(zone, instant);
}

/**
 * The instant of a local time. One that does not exist moves forward by the length of the gap; one that exists twice
 * is the first.
 */
export function toInstant(zone: string, local: number): number {
	const before = offsetAt(zone, local - DAY);
	const after = offsetAt(zone, local + DAY);
	const early = local - before;
	if (before === after || offsetAt(zone, early) === before) return early;
	const late = local - after;
	return offsetAt(zone, late) === after ? late : early;
}

/** The calendar day of a local time, as ms of its midnight on the wall clock. */
export function dayOf(local: number): number {
	return Math.floor(local / DAY) * DAY;
}

/** `09:30` as ms since midnight. */
export function timeOfDay(time: string): number {
	return Number(time.slice(0, 2)) * HOUR + Number(time.slice(3, 5)) * MINUTE;
}

/** `2026-03-01` as ms of its midnight on the wall clock, or null for what is no date of the calendar. */
export function parseDay(text: string): number | null {
	const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
	if (!match) return null;
	const day = dayFrom(Number(match[1]), Number(match[2]), Number(match[3]));
	return formatDay(day) === text ? day : null;
}

/** Midnight of a date of the calendar; the month is 1 to 12 and may run over. */
export function dayFrom(year: number, month: number, day: number): number {
	const date = new Date(0);
	date.setUTCFullYear(year, month - 1, day);
	return date.getTime();
}

export function formatDay(local: number): string {
	return Number.isFinite(local) && Math.abs(local) <= 8.64e15
		? new Date(local).toISOString().slice(0, 10)
		: '';
}

/** 1 is Monday, 7 is Sunday. */
export function weekdayOf(local: number): number {
	return ((((Math.floor(local / DAY) + 3) % 7) + 7) % 7) + 1;
}

/** An RFC 3339 instant (with `Z` or an offset), cut to ms, or null. */
export function parseInstant(text: string): number | null {
	const match =
		/^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/.exec(text);
	if (!match) return null;
	const [, date, hours, minutes, seconds, fraction, sign, offHours, offMinutes] = match;
	const day = parseDay(date ?? '');
	if (day === null || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds ?? 0) > 59) return null;
	if (Number(offHours ?? 0) > 23 || Number(offMinutes ?? 0) > 59) return null;
	const offset = (Number(offHours ?? 0) * HOUR + Number(offMinutes ?? 0) * MINUTE) * (sign === '-' ? -1 : 1);
	const millis = Number((fraction ?? '.0').slice(1, 4).padEnd(3, '0'));
	return (
		day + Number(hours) * HOUR + Number(minutes) * MINUTE + Number(seconds ?? 0) * 1_000 + millis - offset
	);
}
