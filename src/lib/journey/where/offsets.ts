/** A zone's clock changes as a table, so that SQL counts local time exactly as the platform's zone data does. */
import { DAY, dayOf, offsetAt } from '../zone.ts';

/** From `starts[n]` on, the wall clock is `offsets[n]` ms ahead of UTC. */
export interface OffsetTable {
	starts: number[];
	offsets: number[];
}

const FIRST = Date.UTC(1900, 0, 1);
const LAST = Date.UTC(2100, 0, 1);
// No zone changed its clocks and changed them back within less than 6.9 days.
const STRIDE = 6 * DAY;

// Zones have some 600 names, and each of them is one in small letters too.
const MOST_TABLES = 1_000;
const tables = new Map<string, OffsetTable>();

/** The clock changes of a zone from 1900 to 2100; what lies outside goes by the nearest. The first look takes 25 ms. */
export function offsetTable(zone: string): OffsetTable {
	let table = tables.get(zone);
	if (!table) {
		table = makeTable(zone);
		if (tables.size >= MOST_TABLES) tables.clear();
		tables.set(zone, table);
	}
	return table;
}

function makeTable(zone: string): OffsetTable {
	let offset = offsetAt(zone, FIRST);
	const table = { starts: [FIRST], offsets: [offset] };
	for (let at = FIRST; at < LAST; at += STRIDE) {
		const next = Math.min(at + STRIDE, LAST);
		if (zone === 'UTC' || offsetAt(zone, next) === offset) continue;
		const start = changeBetween(zone, at, next);
		offset = offsetAt(zone, start);
		table.starts.push(start);
		table.offsets.push(offset);
	}
	return table;
}

/** The first instant with another offset than at `before`. Clocks change on a full second. */
function changeBetween(zone: string, before: number, after: number): number {
	const offset = offsetAt(zone, before);
	let [low, high] = [before / 1_000, after / 1_000];
	while (high - low > 1) {
		const middle = Math.floor((low + high) / 2);
		if (offsetAt(zone, middle * 1_000) === offset) low = middle;
		else high = middle;
	}
	return high * 1_000;
}

/** The calendar day of an instant in a zone, as ms of its midnight on the wall clock. */
export function localDayOf(zone: string, instant: number): number {
	return dayOf(instant + offsetAt(zone, Math.min(Math.max(instant, FIRST), LAST)));
}
