/** Where things are on the canvas, in its own pixels. */
import type { StepKind } from '$lib/journey/index.ts';
import type { DraftStep, Point } from './document.ts';

export const NODE_WIDTH = 260;
/** A card of two lines. */
export const NODE_HEIGHT = 60;
/** A message's card, with its opens and clicks. */
const MESSAGE_HEIGHT = 88;
export const ROW_GAP = 56;
export const SIBLING_GAP = 40;

const MARGIN = 16;
const OPENING_MARGIN = 64;
const SMALLEST_READABLE = 0.9;

/** How tall a card may become, so that rows keep their distance once there are numbers. */
export function cardHeight(kind: StepKind): number {
	return kind.startsWith('send.') ? MESSAGE_HEIGHT : NODE_HEIGHT;
}

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

/** What of the canvas to show first: its top, as large as can be read, all of it where that is large enough. */
export function openingView(
	steps: readonly DraftStep[],
	window: { width: number; height: number }
): { x: number; y: number; zoom: number } {
	const places = steps.flatMap((step) => (step.position ? [{ ...step.position, kind: step.kind }] : []));
	if (places.length === 0) return { x: window.width / 2, y: window.height / 3, zoom: 1 };
	const left = Math.min(...places.map((place) => place.x));
	const right = Math.max(...places.map((place) => place.x)) + NODE_WIDTH;
	const top = Math.min(...places.map((place) => place.y));
	const bottom = Math.max(...places.map((place) => place.y + cardHeight(place.kind)));
	const fitting = Math.min(
		(window.width - 2 * OPENING_MARGIN) / (right - left),
		(window.height - 2 * OPENING_MARGIN) / (bottom - top)
	);
	const zoom = Math.max(SMALLEST_READABLE, Math.min(1, fitting));
	// Where it is too wide to be read whole, the first step is in the middle.
	const first = places.find((place) => place.y === top) ?? { x: left };
	const isWhole = (right - left) * zoom <= window.width;
	const middle = isWhole ? (left + right) / 2 : first.x + NODE_WIDTH / 2;
	return { x: window.width / 2 - middle * zoom, y: OPENING_MARGIN - top * zoom, zoom };
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
	// Two or three stay in the middle; more of them need the whole width.
	const spread = main.length > 3 ? 0.84 : 0.4;
	if (index >= 0) return main.length === 1 ? 0.5 : 0.5 + spread * (index / (main.length - 1) - 0.5);
	return 0.8 + 0.12 * Math.max(side.indexOf(outcome), 0);
}
