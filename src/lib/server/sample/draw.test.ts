import { describe, expect, it } from 'vitest';
import { between, draw, pick, pickByShare } from './draw.ts';

describe('draw', () => {
	it('gives the same number for the same key, and another for another', () => {
		expect(draw('patient', 1)).toBe(draw('patient', 1));
		expect(draw('patient', 1)).not.toBe(draw('patient', 2));
		expect(draw('ab', 'c')).not.toBe(draw('a', 'bc'));
	});

	it('spreads near keys evenly', () => {
		const tenths = Array.from({ length: 10 }, () => 0);
		for (let n = 0; n < 10_000; n += 1) {
			const tenth = Math.floor(draw('key', n) * 10);
			tenths[tenth] = (tenths[tenth] ?? 0) + 1;
		}
		for (const count of tenths) expect(count).toBeGreaterThan(900);
		for (const count of tenths) expect(count).toBeLessThan(1100);
	});

	it('reaches both ends of a range', () => {
		const drawn = new Set(Array.from({ length: 200 }, (_, n) => between(3, 5, 'range', n)));
		expect([...drawn].sort()).toEqual([3, 4, 5]);
	});

	it('picks by share, and never what has none', () => {
		const list = [
			{ name: 'often', share: 9 },
			{ name: 'never', share: 0 },
			{ name: 'seldom', share: 1 }
		];
		const names = Array.from({ length: 1000 }, (_, n) => pickByShare(list, 'share', n).name);
		expect(names.filter((name) => name === 'often').length).toBeGreaterThan(850);
		expect(names).toContain('seldom');
		expect(names).not.toContain('never');
	});

	it('refuses to pick from nothing', () => {
		expect(() => pick([], 'any')).toThrow('nothing to pick');
	});
});
