import { expect, test } from 'vitest';
import { safeReturnTo } from './return-to.ts';

test.each([
	['/people?q=ana', '/people?q=ana'],
	['/journeys/post-visit/report', '/journeys/post-visit/report'],
	['/', '/'],
	[null, '/'],
	['', '/'],
	['people', '/'],
	['https://evil.example/', '/'],
	['//evil.example/', '/'],
	['/\\evil.example/', '/'],
	['/\t/evil.example/', '/'],
	['/.//evil.example', '/'],
	['javascript:alert(1)', '/']
])('%j leads to %j', (value, path) => {
	expect(safeReturnTo(value)).toBe(path);
});
