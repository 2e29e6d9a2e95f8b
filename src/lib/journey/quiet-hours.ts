import type { QuietHours } from './document.ts';
import { DAY, dayOf, timeOfDay, toInstant, toLocal, weekdayOf } from './zone.ts';

/**
 * When the quiet hours that hold at `now` end, or null where none hold. A window includes its start and not its end;
 * one over midnight belongs to the day it starts on.
 */
export function quietUntil(hours: QuietHours, now: number, zone: string): number | null {
	const local = toLocal(zone, now);
	const today = dayOf(local);
	const from = timeOfDay(hours.from);
	const length = (timeOfDay(hours.to) - from + DAY) % DAY;
	for (const day of [today - DAY, today]) {
		if (hours.days && !hours.days.includes(weekdayOf(day))) continue;
		const end = toInstant(zone, day + from + length);
		if (now >= toInstant(zone, day + from) && now < end) return end;
	}
	return null;
}
