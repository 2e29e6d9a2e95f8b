/**
 * Values on their way between COPY's text and SQLite's types. Every one of them comes back exactly: what SQLite has no type
 * for stays the text that PostgreSQL wrote.
 */
export type SqliteValue = null | bigint | number | string | Buffer;

interface Spelling {
	/** The column's type in SQLite; with none, each value keeps its own. */
	affinity: 'integer' | 'text' | 'blob' | '';
	toSqlite(text: string): SqliteValue;
	toText(value: SqliteValue): string;
}

const asText: Spelling = { affinity: 'text', toSqlite: (text) => text, toText: String };

const whole: Spelling = { affinity: 'integer', toSqlite: BigInt, toText: String };

const spellings: Record<string, Spelling> = {
	smallint: whole,
	integer: whole,
	bigint: whole,
	boolean: {
		affinity: 'integer',
		toSqlite: (text) => (text === 't' ? 1n : 0n),
		toText: (value) => (value === 1n ? 't' : 'f')
	},
	'double precision': {
		affinity: '',
		// What JavaScript would spell another way (NaN, 1e+20) stays as PostgreSQL wrote it.
		toSqlite: (text) =>
			Number.isFinite(Number(text)) && String(Number(text)) === text ? Number(text) : text,
		toText: String
	},
	bytea: {
		affinity: 'blob',
		toSqlite: (text) => Buffer.from(text.slice(2), 'hex'),
		toText: (value) => `\\x${(value as Buffer).toString('hex')}`
	},
	'timestamp with time zone': {
		affinity: 'text',
		toSqlite: (text) => text.replace(/^(\d+-\d\d-\d\d) (.*)\+00$/, '$1T$2Z'),
		toText: (value) => String(value).replace(/^(\d+-\d\d-\d\d)T(.*)Z$/, '$1 $2+00')
	}
};

const list = (member: (text: string) => string | number): Spelling => ({
	affinity: 'text',
	toSqlite: (text) => JSON.stringify(readArray(text).map((each) => (each === null ? null : member(each)))),
	toText: (value) =>
		writeArray(
			(JSON.parse(String(value)) as (string | number | null)[]).map((each) =>
				each === null ? null : String(each)
			)
		)
});

const listOfNumbers = list((text) => (Number.isSafeInteger(Number(text)) ? Number(text) : text));
const listOfTexts = list((text) => text);

/** How values of a PostgreSQL type (as `format_type` spells it) are kept. */
export function spellingOf(type: string): Spelling {
	if (/^(smallint|integer|bigint)\[\]$/.test(type)) return listOfNumbers;
	return type.endsWith('[]') ? listOfTexts : (spellings[type] ?? asText);
}

/** The members of an array of one dimension, `{a,"b \"c\"",NULL}`, as texts. Throws for one of more dimensions. */
export function readArray(text: string): (string | null)[] {
	const members: (string | null)[] = [];
	const member = /(?:"((?:[^"\\]|\\[\s\S])*)"|([^",{}]+))([,}])/y;
	member.lastIndex = 1;
	if (text === '{}') return members;
	while (member.lastIndex < text.length) {
		const found = member.exec(text);
		if (!found) throw new Error('An array of more than one dimension has no place in an archive.');
		const [, inQuotes, bare] = found;
		members.push(
			inQuotes !== undefined ? inQuotes.replace(/\\([\s\S])/g, '$1') : bare === 'NULL' ? null : (bare ?? '')
		);
	}
	return members;
}

// What PostgreSQL puts into quotes, and nothing else: the text must come out as the server writes it.
const NEEDS_QUOTES = /^$|^null$|["\\{},\s]/i;
// \s knows more spaces than PostgreSQL does.
const OTHER_SPACES = /[^\S \t\n\r\v\f]/g;

/** The inverse of `readArray`. */
export function writeArray(members: readonly (string | null)[]): string {
	const written = members.map((each) => {
		if (each === null) return 'NULL';
		if (!NEEDS_QUOTES.test(each.replace(OTHER_SPACES, '_'))) return each;
		return `"${each.replace(/["\\]/g, '\\$&')}"`;
	});
	return `{${written.join(',')}}`;
}

const NULL = '\\N';
const signs: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const letters: Record<string, string> = Object.fromEntries(
	Object.entries(signs).map(([letter, sign]) => [sign, letter])
);

/** The fields of one line of COPY's text format. */
export function readLine(line: string): (string | null)[] {
	return line.split('\t').map((field) => {
		if (field === NULL) return null;
		if (!field.includes('\\')) return field;
		return field.replace(/\\(.)/g, (_, letter: string) => signs[letter] ?? letter);
	});
}

/** The line of these fields, with its end; as PostgreSQL writes it. */
export function writeLine(fields: readonly (string | null)[]): string {
	const written = fields.map((field) =>
		field === null ? NULL : field.replace(/[\\\b\f\n\r\t\v]/g, (sign) => `\\${letters[sign] ?? sign}`)
	);
	return `${written.join('\t')}\n`;
}

/** Whole lines out of pieces that end anywhere, those of each piece together. */
export async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
	const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
	let rest = '';
	for await (const piece of pieces) {
		const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
		rest = lines.pop() ?? '';
		yield lines;
	}
}
