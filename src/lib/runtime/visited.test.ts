import { expect, test } from 'vitest';
import { readVisited, writeVisited } from './visited.ts';

test.each([
	[{}, ''],
	[{ visit: 1, 'two-days': 1 }, 'visit two-days'],
	[{ a: 12, b: 1, c: 3 }, 'a:12 b c:3'],
	[{ constructor: 2 }, 'constructor:2']
])('%o is written as %j and read again', (arrivals, text) => {
	expect(writeVisited(arrivals as Record<string, number>)).toBe(text);
	expect(readVisited(text)).toEqual(arrivals);
});
