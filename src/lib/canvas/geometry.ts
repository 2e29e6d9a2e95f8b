/** Where things are on the canvas, in its own pixels. */
import type { DraftStep, Point } from './document.ts';

export const NODE_WIDTH = 260;
/** A card of two lines; one with engagement chips is taller. */
export const NODE_HEIGHT = 60;
export const ROW_GAP = 56;
export const SIBLING_GAP = 40;

const MARGIN = 16;

/** The place itself where it is free, else the first free one below it. Two cards never lie on each other. */
export function spotNear(steps: readonly DraftStep[], at: Point): Point {
	const spot = { x: Math.round(at.x), y: Math.round(at.y) };
	const overlaps = (step: DraftStep) =>
		step.position !== undefined &&
		Math.abs(step.position.x - spot.x) < NODE_WIDTH + MARGIN &&
		Math.abs(step.position.y - spot.y) < NODE_HEIGHT + MARGIN;
	for (;;) {
		const blocking = steps.find(overlaps);
		if (!blocking?.position) return spot;
		spot.y = blocking.position.y + NODE_HEIGHT + ROW_GAP;
	}
}

export type Direction = 'up' | 'down' | 'left' | 'right';

/** The step that lies nearest in a direction; ones straight ahead before ones far to the side. */
export function nearestStep(
	steps: readonly DraftStep[],
	from: Point,
	direction: Direction
): DraftStep | undefined {
	const vertical = direction === 'up' || direction === 'down';
	const sign = direction === 'down' || direction === 'right' ? 1 : -1;
	const ranked = steps
		.flatMap((step) => {
			if (!step.position) return [];
			const along = sign * (vertical ? step.position.y - from.y : step.position.x - from.x);
			const aside = Math.abs(vertical ? step.position.x - from.x : step.position.y - from.y);
			return along > 0 ? [{ step, distance: along + 2 * aside }] : [];
		})
		.sort((a, b) => a.distance - b.distance);
	return ranked[0]?.step;
}

/**
 * Where on a card's lower border an outcome leaves it, as a share of the width: main outcomes share the middle, side
 * outcomes keep to the right, so that drawing one moves no other.
 */
export function handleShare(outcome: string, main: readonly string[], side: readonly string[]): number {
	const index = main.indexOf(outcome);
	if (index >= 0) return main.length === 1 ? 0.5 : 0.3 + (0.4 * index) / (main.length - 1);
	return 0.8 + 0.12 * Math.max(side.indexOf(outcome), 0);
}
