import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { locks } from './locks.ts';

test('no two locks are one', () => {
	expect(new Set(Object.values(locks)).size).toBe(Object.keys(locks).length);
});

test('nobody takes a lock by a number of their own', () => {
	const files = globSync('src/**/*.ts').filter((file) => !/db\/locks(\.test)?\.ts$/.test(file));
	const own = files.filter((file) =>
		/7_?245_?0\d\d|pg_(try_)?advisory\w*\(\d/.test(readFileSync(file, 'utf8'))
	);
	expect(own).toEqual([]);
});
