import { randomBytes } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { takeKey } from './aes-gcm.ts';
import { KeyCache } from './key-cache.ts';
import { SealingKey } from './sealed.ts';

let now = 0;
let cache: KeyCache;
beforeEach(() => {
	now = 1000;
	cache = new KeyCache({ count: 3, forMs: 100, now: () => now });
});

const keyOf = (id: number) => new SealingKey('contact', id, takeKey(randomBytes(32)));
const keep = (id: number) => cache.keep(keyOf(id), now);
const isKept = (id: number) => cache.find(id, now) !== undefined;

test('the oldest key goes first, but one that was used gets another round', () => {
	[1, 2, 3].forEach(keep);
	isKept(1);
	keep(4);
	expect([1, 2, 3, 4].map(isKept)).toEqual([true, false, true, true]);
	expect(cache.size).toBe(3);
});

test('a key goes after its time, however often it is used', () => {
	keep(1);
	now += 99;
	expect(isKept(1)).toBe(true);
	now += 1;
	expect(isKept(1)).toBe(false);
	keep(2);
	keep(3);
	keep(4);
	expect(cache.size).toBe(3);
	expect([2, 3, 4].map(isKept)).toEqual([true, true, true]);
});

test('the time counts from when the key was read, not from when the answer came', () => {
	cache.keep(keyOf(1), now - 60);
	now += 40;
	expect(isKept(1)).toBe(false);
});

test('a forgotten key is not kept again while its destruction may be uncommitted', () => {
	keep(1);
	cache.forget([1]);
	expect(isKept(1)).toBe(false);
	now += 99;
	keep(1);
	expect(isKept(1)).toBe(false);
	now += 1;
	keep(1);
	expect(isKept(1)).toBe(true);
});
