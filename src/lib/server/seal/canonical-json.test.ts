import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

test.each([
	[{ b: 1, a: { d: [1, { f: 1, e: 2 }], c: null } }, '{"a":{"c":null,"d":[1,{"e":2,"f":1}]},"b":1}'],
	[{ 10: 'a', 9: 'b', é: 1, e: 2 }, '{"10":"a","9":"b","e":2,"é":1}'],
	[{ left: undefined, out: 1 }, '{"out":1}'],
	[[undefined, () => 1], '[null,null]'],
	[new Array(2), '[null,null]'],
	[new Date(0), '"1970-01-01T00:00:00.000Z"'],
	[-0, '0'],
	['\u2028"\\\u0001', '"\u2028\\"\\\\\\u0001"']
])('%o is written in one way', (value, text) => expect(canonicalJson(value)).toBe(text));

test('any JSON value comes back, and the order of members makes no difference', () => {
	fc.assert(
		fc.property(fc.jsonValue(), (value) => {
			const text = canonicalJson(value);
			expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
			expect(canonicalJson(reversed(JSON.parse(text)))).toBe(text);
		})
	);
});

test('a circle is refused', () => {
	const circle: Record<string, unknown> = {};
	circle.again = circle;
	expect(() => canonicalJson(circle)).toThrow(TypeError);
});

function reversed(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(reversed);
	if (typeof value !== 'object' || value === null) return value;
	const pairs = Object.entries(value).reverse();
	return Object.fromEntries(pairs.map(([name, each]) => [name, reversed(each)]));
}
