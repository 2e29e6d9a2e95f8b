import { expect, test } from 'vitest';
import { heapFlags } from './heap.mjs';

const lean = ['--max-semi-space-size=8', '--max-old-space-size=384'];

test('a worker or a sender gets a heap that keeps little garbage, however its role is said', () => {
	expect(heapFlags(['--role', 'worker'], {})).toEqual(lean);
	expect(heapFlags(['--role=sender'], {})).toEqual(lean);
	expect(heapFlags([], { STEPWELL_ROLE: 'worker' })).toEqual(lean);
});

test('whoever has pages, and whoever sets a heap of their own, gets none', () => {
	expect(heapFlags([], {})).toEqual([]);
	expect(heapFlags(['--role', 'all'], { STEPWELL_ROLE: 'worker' })).toEqual([]);
	expect(heapFlags(['--role', 'worker'], { NODE_OPTIONS: '--max-old-space-size=2048' })).toEqual([]);
});
