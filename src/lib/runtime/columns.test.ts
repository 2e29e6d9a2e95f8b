import { expect, test } from 'vitest';
import { booleans, hexes, instants, jsons, list, numbers, texts } from './columns.ts';

test('numbers, booleans and whole milliseconds stand as they are, and what is missing is NULL', () => {
	expect(numbers([1, null, 30])).toBe('{1,NULL,30}');
	expect(booleans([true, false])).toBe('{true,false}');
	expect(instants([1.9, null])).toBe('{1,NULL}');
	expect(numbers([])).toBe('{}');
	expect(numbers([null, null])).toBe('{}');
	expect(texts([null, undefined])).toBe('{}');
});

test('a text keeps its quotes, commas and backslashes, and one that says NULL is a text', () => {
	expect(texts(['a,b', 'say "no"', 'c:\\d', 'NULL', '', null, undefined])).toBe(
		String.raw`{"a,b","say \"no\"","c:\\d","NULL","",NULL,NULL}`
	);
});

test('a JSON value is quoted twice', () => {
	expect(jsons([{ a: 'x"\n' }, null])).toBe(String.raw`{"{\"a\":\"x\\\"\\n\"}",NULL}`);
});

test('bytes travel as hexadecimal', () => {
	expect(hexes([Buffer.from([1, 255]), null])).toBe('{01ff,NULL}');
});

test('a list keeps its length when all of it is missing', () => {
	expect(list([null, undefined])).toBe('{NULL,NULL}');
	expect(list(['a,b', null])).toBe('{"a,b",NULL}');
	expect(list([])).toBe('{}');
});
