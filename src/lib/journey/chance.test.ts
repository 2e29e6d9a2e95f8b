import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { branchByChance } from './chance.ts';

const branches = [
	{ id: 'a', weight: 1 },
	{ id: 'none', weight: 0 },
	{ id: 'b', weight: 2 },
	{ id: 'c', weight: 1 }
];

test('the branch is what the hash says', () => {
	for (const contact of ['ann', 'bob', 'çem', '😀', '']) {
		const hash = createHash('sha256').update(`split\0arm\0${contact}`).digest();
		const drawn = Number(hash.readBigUInt64BE(0) % 4n);
		expect(branchByChance(branches, 'split', 'arm', contact)).toBe(['a', 'b', 'b', 'c'][drawn]);
	}
});

test('a branch without weight is never taken, and the others by their shares', () => {
	const taken = Array.from({ length: 4_000 }, (_, n) => branchByChance(branches, 'split', 'arm', `c${n}`));
	const share = (id: string) => taken.filter((each) => each === id).length / taken.length;
	expect(share('none')).toBe(0);
	expect(share('b')).toBeGreaterThan(0.47);
	expect(share('b')).toBeLessThan(0.53);
});

test('weights that are nothing are a bug', () => {
	expect(() => branchByChance([{ id: 'a', weight: 0 }], 'j', 's', 'c')).toThrow();
});
