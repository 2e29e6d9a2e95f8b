/** A journey's graph as a small picture: where to draw each step and each edge. Pure. */
import type { JourneyDocument, StepGroup } from '$lib/journey/index.ts';
import { kinds } from '$lib/journey/index.ts';

export interface Picture {
	width: number;
	height: number;
	steps: { x: number; y: number; group: StepGroup }[];
	/** SVG paths. */
	edges: string[];
}

export const STEP = { width: 62, height: 14 };
const GAP = { x: 12, y: 9 };
const MARGIN = 2;

/** Rows and columns keep the order of the drawing's places; their distances are made even. */
export function pictureOf({ steps, edges }: Pick<JourneyDocument, 'steps' | 'edges'>): Picture {
	const placed = steps.filter((step) => step.position !== undefined);
	const column = places(placed.map((step) => step.position?.x ?? 0));
	const row = places(placed.map((step) => step.position?.y ?? 0));
	const spotById = new Map(
		placed.map((step) => {
			const x = MARGIN + (column.get(step.position?.x ?? 0) ?? 0) * (STEP.width + GAP.x) * 0.5;
			const y = MARGIN + (row.get(step.position?.y ?? 0) ?? 0) * (STEP.height + GAP.y);
			return [step.id, { x, y, group: kinds[step.kind].group }];
		})
	);
	const spots = [...spotById.values()];
	return {
		width: Math.max(0, ...spots.map((spot) => spot.x)) + STEP.width + MARGIN,
		height: Math.max(0, ...spots.map((spot) => spot.y)) + STEP.height + MARGIN,
		steps: spots,
		edges: edges.flatMap(({ from, to }) => {
			const [start, end] = [spotById.get(from), spotById.get(to)];
			return start && end ? [pathBetween(start, end)] : [];
		})
	};
}

/** Each place's number in order, in units of the least distance there is, so that a wide gap stays wide. */
function places(values: readonly number[]): Map<number, number> {
	const distinct = [...new Set(values)].sort((a, b) => a - b);
	const steps = distinct.slice(1).map((value, index) => value - (distinct[index] ?? 0));
	const unit = Math.min(...steps);
	let at = 0;
	const numbered = new Map<number, number>();
	distinct.forEach((value, index) => {
		if (index > 0) at += Math.max(1, Math.round((steps[index - 1] ?? 0) / unit));
		numbered.set(value, at);
	});
	return numbered;
}

function pathBetween(from: { x: number; y: number }, to: { x: number; y: number }): string {
	const [x1, y1] = [from.x + STEP.width / 2, from.y + STEP.height];
	const [x2, y2] = [to.x + STEP.width / 2, to.y];
	const middle = (y1 + y2) / 2;
	return `M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`;
}
