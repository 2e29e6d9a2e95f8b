import { describe, expect, it } from 'vitest';
import { samplePatients } from './patients.ts';
import { DAY } from './span.ts';
import { sampleTimeline } from './timeline.ts';

const to = Date.parse('2026-03-02T15:00:00Z');
const from = to - 30 * DAY;
const timeline = sampleTimeline(from, to);

describe('the sample’s timeline', () => {
	it('is the same in every run', () => {
		expect(sampleTimeline(from, to)).toEqual(timeline);
	});

	it('runs from one instant to the other, in order, with each key once', () => {
		const times = timeline.map((event) => event.occurredAt);
		expect(times).toEqual([...times].sort((a, b) => a - b));
		expect(times[0]).toBeGreaterThanOrEqual(from);
		expect(times.at(-1)).toBeLessThanOrEqual(to);
		expect(new Set(timeline.map((event) => event.key)).size).toBe(timeline.length);
	});

	it.each([
		['visit.completed', 150],
		['eob.ready', 120],
		['api.lab-result-ready', 50],
		['form.submitted', 25],
		['list.subscribed', 15]
	])('holds %s at least %i times', (name, least) => {
		expect(timeline.filter((event) => event.name === name).length).toBeGreaterThanOrEqual(least);
	});

	it('leaves people waiting at its end: a visit in the last two days, a result and a claim in the last three', () => {
		const since = (name: string, days: number) =>
			timeline.filter((event) => event.name === name && event.occurredAt > to - days * DAY).length;
		expect(since('visit.completed', 2)).toBeGreaterThan(3);
		expect(since('api.lab-result-ready', 2)).toBeGreaterThan(1);
		expect(since('eob.ready', 3)).toBeGreaterThan(3);
	});

	it('has who subscribes agree at that very moment', () => {
		const patients = samplePatients({ from, to });
		for (const { contact, occurredAt } of timeline.filter((event) => event.name === 'list.subscribed')) {
			const consents = patients.find((patient) => patient.contact.id === contact)?.consents;
			expect(consents).toMatchObject([{ topic: 'wellness', grantedAt: occurredAt, revokedAt: null }]);
		}
	});
});
