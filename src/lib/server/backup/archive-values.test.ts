import { describe, expect, test } from 'vitest';
import { linesOf, readArray, readLine, spellingOf, writeArray, writeLine } from './archive-values.ts';

describe('a value comes back as PostgreSQL wrote it', () => {
	test.each([
		['bigint', '9223372036854775807', 9223372036854775807n],
		['smallint', '-1', -1n],
		['boolean', 't', 1n],
		['boolean', 'f', 0n],
		['bytea', '\\x00ff', Buffer.from([0, 255])],
		['bytea', '\\x', Buffer.alloc(0)],
		['double precision', '0.1', 0.1],
		['double precision', '1e+20', '1e+20'],
		['double precision', '-0', '-0'],
		['double precision', 'NaN', 'NaN'],
		['timestamp with time zone', '2026-03-02 15:00:00.123456+00', '2026-03-02T15:00:00.123456Z'],
		['timestamp with time zone', '0044-03-15 00:00:00+00 BC', '0044-03-15 00:00:00+00 BC'],
		['timestamp with time zone', 'infinity', 'infinity'],
		['numeric(10,2)', '1.50', '1.50'],
		['date', '2026-03-02', '2026-03-02'],
		['jsonb', '{"a": [1, null]}', '{"a": [1, null]}'],
		['text[]', '{a,"b c",NULL,"NULL","","q\\"\\\\"}', '["a","b c",null,"NULL","","q\\"\\\\"]'],
		['text[]', '{}', '[]'],
		['integer[]', '{1,-2,NULL}', '[1,-2,null]'],
		['bytea[]', '{"\\\\x0102","\\\\x"}', '["\\\\x0102","\\\\x"]']
	])('%s %s', (type, text, kept) => {
		const { toSqlite, toText } = spellingOf(type);
		expect(toSqlite(text)).toEqual(kept);
		expect(toText(toSqlite(text))).toBe(text);
	});
});

test('an array is written with the quotes that PostgreSQL writes, and no others', () => {
	const members = ['a', 'b c', 'null', '', '{', '}', ',', '"', '\\', '\u00a0', '\u2028', 'é'];
	expect(writeArray(members)).toBe('{a,"b c","null","","{","}",",","\\"","\\\\",\u00a0,\u2028,é}');
	expect(readArray(writeArray(members))).toEqual(members);
	expect(() => readArray('{{1},{2}}')).toThrow('more than one dimension');
});

test('a line is read and written as COPY does', () => {
	const line = 'a\\tb\\nc\\\\d\t\\N\t\t\\\\N\n';
	expect(readLine(line.slice(0, -1))).toEqual(['a\tb\nc\\d', null, '', '\\N']);
	expect(writeLine(readLine(line.slice(0, -1)))).toBe(line);
});

test('lines are put together from pieces that end within a sign', async () => {
	const bytes = Buffer.from('\ufeffé1\n漢字\u{1F600}\n\n');
	const pieces = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
	const lines: string[] = [];
	for await (const some of linesOf(streamed(pieces))) lines.push(...some);
	expect(lines).toEqual(['\ufeffé1', '漢字\u{1F600}', '']);
});

async function* streamed(pieces: Buffer[]): AsyncGenerator<Buffer> {
	yield* pieces;
}
