/** The time that the sample plays in: history lies before `from`, the timeline from `from` to `to`; both in ms. */
export interface Span {
	from: number;
	to: number;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** An instant as FHIR writes it. */
export function isoOf(at: number): string {
	return new Date(at).toISOString();
}
