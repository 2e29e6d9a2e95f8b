import { expect, test } from 'vitest';
import { safeReturnTo } from './return-to.ts';

test.each([
	['/people?q=ana', '/people?q=ana'],
	['/journeys/post-visit/report', '/journeys/post-visit/report'],
	['/', '/journeys'],
	[null, '/journeys'],
	['', '/journeys'],
	['people', '/journeys'],
	['https://evil.example/', '/journeys'],
	['//evil.example/', '/journeys'],
	['/\\evil.example/', '/journeys'],
	['/\t/evil.example/', '/journeys'],
	['/.//evil.example', '/journeys'],
	['javascript:alert(1)', '/journeys']
])('%j leads to %j', (value, path) => {
	expect(safeReturnTo(value)).toBe(path);
});
