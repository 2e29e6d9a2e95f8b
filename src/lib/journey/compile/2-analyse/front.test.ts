import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Front, type Label } from './front.ts';

const labels = fc.array(
	fc.record({ count: fc.integer({ min: 1, max: 30 }), elapsed: fc.integer({ min: 0, max: 40 }) }),
	{ maxLength: 30 }
);

function frontOf(ways: { count: number; elapsed: number }[]): Front {
	const front = new Front();
	for (const way of ways) front.add({ step: 'a', from: null, ...way });
	return front;
}

const told = (front: Front) => front.all().map(({ step, count, elapsed }) => [step, count, elapsed]);

test('all at once come to the same as one by one, or are left to that', () => {
	let atOnce = 0;
	const property = fc.property(
		labels,
		labels,
		fc.constantFrom(0, 1),
		fc.constantFrom(0, 3),
		(there, more, counts, least) => {
			const coming = frontOf(more).all();
			const [one, other] = [frontOf(there), frontOf(there)];
			const before = told(other);
			let best: Label | null = null;
			for (const from of coming) {
				const label = { step: 'b', count: from.count + counts, elapsed: from.elapsed + least, from };
				if (one.add(label).length) best = label;
			}
			const added = other.addAll(coming, 'b', counts, least);
			if (added === undefined) return expect(told(other)).toEqual(before);
			atOnce++;
			expect(added).toEqual(best);
			expect(told(other)).toEqual(told(one));
		}
	);
	fc.assert(property, { numRuns: 2_000 });
	expect(atOnce).toBeGreaterThan(1_000);
});
