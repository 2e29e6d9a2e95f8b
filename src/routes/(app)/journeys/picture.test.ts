import { describe, expect, it } from 'vitest';
import { sampleJourneys } from '$lib/server/sample/journeys.ts';
import { pictureOf, STEP } from './picture.ts';

describe('the small picture of a journey', () => {
	it.each(sampleJourneys)(
		'draws every step and edge of $slug, and no two steps on each other',
		({ document }) => {
			const picture = pictureOf(document);
			expect(picture.steps).toHaveLength(document.steps.length);
			expect(picture.edges).toHaveLength(document.edges.length);
			for (const [index, a] of picture.steps.entries())
				for (const b of picture.steps.slice(index + 1))
					expect(Math.abs(a.x - b.x) >= STEP.width || Math.abs(a.y - b.y) >= STEP.height).toBe(true);
		}
	);
	it('is empty for a journey without steps', () => {
		expect(pictureOf({ steps: [], edges: [] }).steps).toEqual([]);
	});
});
