import { expect, test } from 'vitest';
import { booleans, byteas, instants, jsons, numbers, texts } from './columns.ts';

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
	expect(byteas([Buffer.from([1, 255]), null])).toBe(String.raw`{"\\x01ff",NULL}`);
});
