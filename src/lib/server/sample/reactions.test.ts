import { describe, expect, it } from 'vitest';
import { react, type SentMessage } from './reactions.ts';
import { DAY } from './span.ts';

const message = (step: string, n: number, journey = 'post-visit-follow-up'): SentMessage => ({
	journey,
	step,
	contactPublicId: `patient-${n}`,
	sentAt: Date.parse('2026-03-02T15:00:00Z') + n,
	trigger: { visitId: `visit-${n}` }
});
const thousand = (step: string, journey?: string) =>
	Array.from({ length: 1000 }, (_, n) => react(message(step, n, journey)));

describe('reactions', () => {
	it('are the same for the same message', () => {
		expect(react(message('survey', 7))).toEqual(react(message('survey', 7)));
	});

	it.each([
		['survey', 'post-visit-follow-up', 0.64, 0.4],
		['letter', 'post-visit-follow-up', 0.46, 0.13],
		['result-notice', 'lab-result-ready', 0.82, 0.58],
		['a-step-of-your-own', 'another-journey', 0.6, 0.3]
	])('to %s of %s have believable shares', (step, journey, opened, clicked) => {
		const reactions = thousand(step, journey);
		const share = (key: 'openAfterMs' | 'clickAfterMs') =>
			reactions.filter((reaction) => reaction[key] !== undefined).length / 1000;
		expect(Math.abs(share('openAfterMs') - opened)).toBeLessThan(0.06);
		expect(Math.abs(share('clickAfterMs') - clicked)).toBeLessThan(0.06);
	});

	it('come in an order that people could have: opened, then clicked, then done', () => {
		for (const reaction of thousand('survey')) {
			const { openAfterMs = Infinity, clickAfterMs = Infinity, events } = reaction;
			if (clickAfterMs !== Infinity) expect(clickAfterMs).toBeGreaterThan(openAfterMs);
			for (const event of events) expect(event.afterMs).toBeGreaterThan(clickAfterMs);
			if (openAfterMs !== Infinity) expect(openAfterMs).toBeLessThan(3 * DAY);
		}
	});

	it('to a survey answer it for its visit, one in six with less than 7', () => {
		const scores = thousand('survey').flatMap((reaction) => reaction.events.map((event) => event.properties));
		expect(scores.length).toBeGreaterThan(250);
		expect(scores[0]).toEqual({ visitId: expect.stringMatching(/^visit-/), score: expect.any(Number) });
		const unhappy = scores.filter((properties) => Number(properties.score) < 7).length / scores.length;
		expect(unhappy).toBeGreaterThan(0.1);
		expect(unhappy).toBeLessThan(0.26);
	});

	it('to a letter include some who have had enough, and none who click as well', () => {
		const leaving = thousand('letter').filter((reaction) => reaction.unsubscribeAfterMs !== undefined);
		expect(leaving.length).toBeGreaterThan(20);
		for (const reaction of leaving) expect(reaction.clickAfterMs).toBeUndefined();
		expect(thousand('survey').some((reaction) => reaction.unsubscribeAfterMs !== undefined)).toBe(false);
	});

	it('of a mailbox that fetches pictures belong to the mailbox, not to the message', () => {
		const fetches = (n: number, step: string) => react(message(step, n)).machineOpenAfterMs !== undefined;
		for (let n = 0; n < 100; n += 1) expect(fetches(n, 'survey')).toBe(fetches(n, 'letter'));
	});
});
