/** What the report's numbers look like on the drawing. */

/** The numbers of one step that the drawing shows. */
export interface StepCounts {
	entered: number;
	outcomes: Record<string, number>;
	waiting: number;
	dropped: number;
	sent: number;
	delivered: number;
	opened: number;
	clicked: number;
	engaged: number;
	machine: number;
	blocked: number;
	failed: number;
}

const THINNEST = 1.5;
const THICKEST = 7;

/** An edge's width in pixels: by its share of the busiest edge, by area as the eye reads it. */
export function edgeWidth(count: number, busiest: number): number {
	if (count <= 0 || busiest <= 0) return THINNEST;
	return THINNEST + (THICKEST - THINNEST) * Math.sqrt(Math.min(count / busiest, 1));
}

/** The most that passed along any one outcome. */
export function busiestOf(countsByStep: Record<string, StepCounts>): number {
	return Math.max(0, ...Object.values(countsByStep).flatMap((counts) => Object.values(counts.outcomes)));
}

/** A share of 1, or null where there is nothing to take a share of. */
export function shareOf(part: number, whole: number): number | null {
	return whole > 0 && part > 0 ? part / whole : null;
}

/** Where the people behind a number are listed. */
export function peopleUrl(slug: string, step: string, measure: string): string {
	const query = new URLSearchParams({ step, measure });
	return `/journeys/${slug}/report/people?${query}`;
}
