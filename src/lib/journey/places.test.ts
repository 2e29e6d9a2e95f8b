import fc from 'fast-check';
import { expect, test } from 'vitest';
import { freePlaces, placeAfter, placesAnew } from './places.ts';

const HOUR = 3_600_000;
const rule = { contacts: 2, per: 'PT1H' };

test('places come as early as the window lets them', () => {
	const given: number[] = [];
	for (const now of [0, 0, 0, 0, 0, HOUR / 2, 5 * HOUR]) given.push(placeAfter(given, rule, 'UTC', now));
	expect(given.map((place) => place / HOUR)).toEqual([0, 0, 1, 1, 2, 2, 5]);
});

test('a day of the journey’s zone may last 23 hours', () => {
	const start = Date.parse('2026-03-08T05:00:00Z');
	const next = placeAfter([start], { contacts: 1, per: 'P1D' }, 'America/New_York', start);
	expect(new Date(next).toISOString()).toBe('2026-03-09T04:00:00.000Z');
});

test('what is free now is what would be given now', () => {
	fc.assert(
		fc.property(
			fc.array(fc.integer({ min: 0, max: 6 * HOUR }), { maxLength: 12 }),
			fc.integer({ min: 1, max: 4 }),
			fc.integer({ min: 0, max: 9 * HOUR }),
			(arrivals, contacts, now) => {
				const places: number[] = [];
				for (const arrival of arrivals.toSorted((one, other) => one - other))
					places.push(placeAfter(places, { contacts, per: 'PT1H' }, 'UTC', arrival));
				const free = freePlaces(places, { contacts, per: 'PT1H' }, 'UTC', now);
				const given = [...places];
				while (given.length <= places.length + contacts)
					given.push(placeAfter(given, { contacts, per: 'PT1H' }, 'UTC', now));
				expect(given.slice(places.length).filter((place) => place <= now)).toHaveLength(free);
			}
		)
	);
});

test('places given anew keep beside those that stay', () => {
	const anew = placesAnew([0, 3 * HOUR, 4 * HOUR], 3, { contacts: 1, per: 'PT1H' }, 'UTC', 1.5 * HOUR);
	expect(anew.map((place) => place / HOUR)).toEqual([1.5, 5, 6]);
});

test('no window ever holds more than its places', () => {
	const property = fc.property(
		fc.array(fc.integer({ min: 0, max: 20 * HOUR }), { maxLength: 30 }),
		fc.integer({ min: 1, max: 4 }),
		fc.integer({ min: 0, max: 6 }),
		fc.integer({ min: 0, max: 10 * HOUR }),
		(arrivals, contacts, lost, resume) => {
			const places: number[] = [];
			for (const now of arrivals.toSorted((one, other) => one - other))
				places.push(placeAfter(places, { contacts, per: 'PT1H' }, 'UTC', now));
			const overdue = places.splice(0, lost);
			places.push(...placesAnew(places, overdue.length, { contacts, per: 'PT1H' }, 'UTC', resume));
			places.sort((one, other) => one - other);
			for (const [index, place] of places.entries()) {
				const beyond = places[index + contacts];
				if (beyond !== undefined) expect(beyond - place).toBeGreaterThanOrEqual(HOUR);
			}
		}
	);
	fc.assert(property);
});
