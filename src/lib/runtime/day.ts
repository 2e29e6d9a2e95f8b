/** The calendar day of an instant in a zone, as `2026-03-08`; counts belong to the day of the visit. */

const formatByZone = new Map<string, Intl.DateTimeFormat>();
const dayBySlot = new Map<string, string>();
// Zones differ from UTC by multiples of 15 minutes, so a day begins only at such a slot.
const SLOT_MS = 15 * 60_000;
const KEPT_SLOTS = 5_000;

/** The stretch of time that `at` (ms since 1970) is in: the same day all through, in every zone. */
export function slotOf(at: number): number {
	return Math.floor(at / SLOT_MS);
}

export function dayIn(zone: string, at: number): string {
	const key = `${zone} ${slotOf(at)}`;
	const known = dayBySlot.get(key);
	if (known) return known;
	if (dayBySlot.size > KEPT_SLOTS) dayBySlot.clear();
	const day = formatFor(zone).format(at);
	dayBySlot.set(key, day);
	return day;
}

function formatFor(zone: string): Intl.DateTimeFormat {
	let format = formatByZone.get(zone);
	if (!format) {
		// Canada's English writes dates as ISO 8601 does.
		format = new Intl.DateTimeFormat('en-CA', {
			timeZone: zone,
			year: 'numeric',
			month: '2-digit',
			day: '2-digit'
		});
		formatByZone.set(zone, format);
	}
	return format;
}
