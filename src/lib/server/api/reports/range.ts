/** Which days and versions a report is about. Days are those of the journey's time zone. */
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';

const day = z.iso.date();

/** What every report asks. Without days it is about all time. */
export const reportQuery = z.object({
	slug: z.string().min(1),
	/** A version's number, or all of them together. */
	version: z.union([z.number().int().positive(), z.literal('all')]).default('all'),
	/** First and last day, both included. */
	from: day.optional(),
	to: day.optional(),
	/** The last so many days up to today; instead of `from` and `to`. */
	days: z.number().int().min(1).max(3660).optional()
});
export type ReportQuery = z.output<typeof reportQuery>;

/** Days as `2026-03-08`, both included; null where it is open. */
export interface DayRange {
	from: string | null;
	to: string | null;
}

/** The days that a query asks for, as of `now` (ms since 1970) in `zone`. */
export function dayRange(
	query: Pick<ReportQuery, 'from' | 'to' | 'days'>,
	zone: string,
	now: number
): DayRange {
	if (query.days === undefined) return { from: query.from ?? null, to: query.to ?? null };
	const today = dayOf(now, zone);
	return { from: today.subtract({ days: query.days - 1 }).toString(), to: today.toString() };
}

function dayOf(now: number, zone: string): Temporal.PlainDate {
	return Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).toPlainDate();
}

/** The instants in which a range's days begin and are over in `zone`; null where it is open. */
export function instantsOf(range: DayRange, zone: string): { since: Date | null; until: Date | null } {
	const startOf = (date: Temporal.PlainDate) => new Date(date.toZonedDateTime(zone).epochMilliseconds);
	return {
		since: range.from === null ? null : startOf(Temporal.PlainDate.from(range.from)),
		until: range.to === null ? null : startOf(Temporal.PlainDate.from(range.to).add({ days: 1 }))
	};
}

/** Every day of a range, in order; empty for one that is open. */
export function daysIn(range: DayRange): string[] {
	if (range.from === null || range.to === null) return [];
	const last = Temporal.PlainDate.from(range.to);
	const days: string[] = [];
	for (
		let date = Temporal.PlainDate.from(range.from);
		Temporal.PlainDate.compare(date, last) <= 0;
		date = date.add({ days: 1 })
	)
		days.push(date.toString());
	return days;
}
