import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numbers } from './columns.ts';
import { own, shapesOf, shared, word } from './shapes.ts';

test("rows of one shape stand together, in the order of each shape's first", () => {
	const rows = [
		{ id: 1, state: 'waiting' },
		{ id: 2, state: 'exited' },
		{ id: 3, state: 'waiting' }
	];
	const shapes = shapesOf(rows, (row) => word(row.state));
	expect(shared(shapes, (row) => row.state)).toEqual(['waiting', 'exited']);
	expect(own(shapes, numbers, (row) => row.id)).toBe('{"{1,3}","{2}"}');
});

test('two lists of as many words have one text only when they are the same', () => {
	const someWord = fc.option(fc.oneof(fc.constantFrom('', '-', '1:', ':', '0:'), fc.string()));
	const pair = fc
		.nat(4)
		.chain((length) =>
			fc.tuple(...[0, 1].map(() => fc.array(someWord, { minLength: length, maxLength: length })))
		);
	fc.assert(
		fc.property(pair, ([one = [], other = []]) => {
			const isSame = one.every((each, at) => each === other[at]);
			expect(one.map(word).join('') === other.map(word).join('')).toBe(isSame);
		})
	);
});
