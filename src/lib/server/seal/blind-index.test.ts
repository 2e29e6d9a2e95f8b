import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { takeKey } from './aes-gcm.ts';
import { BlindIndex } from './blind-index.ts';
import { nameMatches, wordsOf } from './name-words.ts';
import type { IndexedKind } from './normalise.ts';

const index = new BlindIndex(takeKey(randomBytes(32)));
const markOf = (kind: IndexedKind, value: string) =>
	index.equality('contacts', 'x', kind).markOf(value)?.toString('hex');

describe('values that mean the same have one mark', () => {
	test.each<[IndexedKind, ...string[]]>([
		['email', ' Jane@X.org ', 'jane@x.org', 'JANE@X.ORG', 'ｊane@x.org'],
		['email-domain', ' Jane@X.org ', 'bob@x.ORG', '"a@b"@x.org'],
		[
			'phone',
			'+1 (555) 010-9999',
			'+15550109999',
			'0015550109999',
			'555.010.9999',
			'1-555-010-9999',
			'tel:+1-555-010-9999',
			'555 010 9999 ext. 12',
			'(555) 010-9999 x7',
			'＋1 ５５５ 010 9999'
		],
		['phone', '+49 30 1234567', '0049 (30) 123-4567'],
		['record-number', ' mrn-00 17 ', 'MRN-0017'],
		['name', 'Müller-Lüdenscheidt', ' MULLER  Ludenscheidt', 'Mu\u0308ller lüdenscheidt']
	])('%s: %s', (kind, ...values) => {
		const marks = new Set(values.map((value) => markOf(kind, value)));
		expect(marks.size).toBe(1);
		expect(marks).not.toContain(undefined);
	});
});

test.each<[IndexedKind, string, string]>([
	['email', 'jane@x.org', 'jane@x.org.uk'],
	['phone', '+1 555 010 9999', '+44 555 010 9999'],
	['phone', '5550109999', '5550109998'],
	['record-number', '0017', '17'],
	['record-number', '1-23', '12-3'],
	['name', 'Ann Lee', 'Annlee']
])('%s: %s and %s have different marks', (kind, one, other) =>
	expect(markOf(kind, one)).not.toBe(markOf(kind, other))
);

test.each<[IndexedKind, string]>([
	['email', ' \t'],
	['phone', 'none'],
	['phone', ''],
	['name', ' - '],
	['record-number', ' ']
])('%s: %j has no mark', (kind, value) => expect(markOf(kind, value)).toBeUndefined());

test('a mark has 16 bytes and differs by column, table and master key', () => {
	const marks = [
		index.equality('contacts', 'email', 'email'),
		index.equality('contacts', 'email_2', 'email'),
		index.equality('suppressions', 'email', 'email'),
		new BlindIndex(takeKey(randomBytes(32))).equality('contacts', 'email', 'email')
	].map((column) => column.markOf('jane@x.org'));
	expect(marks.map((mark) => mark?.length)).toEqual([16, 16, 16, 16]);
	expect(new Set(marks.map((mark) => mark?.toString('hex'))).size).toBe(4);
});

describe('names are found by how their words begin', () => {
	const names = index.names('contacts', 'name_tokens');
	const finds = (name: string, query: string) => {
		const kept = new Set(names.tokensOf(name).map((token) => token.toString('hex')));
		const asked = names.tokensToFind(query);
		return asked !== null && asked.every((token) => kept.has(token.toString('hex')));
	};

	test.each([
		['Müller-Lüdenscheidt', 'mul'],
		['Müller-Lüdenscheidt', 'lude'],
		['Müller-Lüdenscheidt', 'MÜLLER LÜ'],
		['Müller-Lüdenscheidt', 'lüdenscheidt'],
		['Anna Müller-Lüdenscheidt', 'müller anna'],
		['Siobhán O’Brien', "o'br"],
		['Siobhán O´Brien', 'obrien sio'],
		['Łukasz Ørsted', 'luk'],
		['Łukasz Ørsted', 'lukasz or'],
		['ΝΙΚΟΣ ΠΑΠΑΣΟΓΛΟΥ', 'παπας'],
		['J Smith', 'j'],
		['J Smith', 'j smi'],
		['Li Wei', 'li wei'],
		['王 小龙', '王'],
		['王小龙', '王小'],
		['김민수', '김민']
	])('%s by %s', (name, query) => {
		expect(finds(name, query)).toBe(true);
		expect(nameMatches(name, query)).toBe(true);
	});

	test.each([
		['Müller-Lüdenscheidt', 'uller'],
		['Müller-Lüdenscheidt', 'mul lude'],
		['Lisa Wei', 'li wei'],
		['Ann', 'anna'],
		['Jane', 'j'],
		['Ann', '']
	])('but not %s by %s', (name, query) => {
		expect(finds(name, query)).toBe(false);
		expect(nameMatches(name, query)).toBe(false);
	});

	test('six letters decide in the index; the opened name decides the rest', () => {
		expect(finds('Christopher', 'christina')).toBe(true);
		expect(nameMatches('Christopher', 'christina')).toBe(false);
		expect(nameMatches('Christopher', 'christoph')).toBe(true);
	});

	test('tokens have 8 bytes, are each once, and keep no order of the name', () => {
		const tokens = names.tokensOf('Ann Annette');
		expect(tokens.map((token) => token.length)).toEqual(Array(7).fill(8));
		expect(tokens).toEqual(names.tokensOf('Annette Ann'));
	});

	test('a token is no mark of the same column', () => {
		const mark = index.equality('contacts', 'name_tokens', 'name').markOf('an')?.subarray(0, 8);
		expect(names.tokensOf('an').some((token) => mark?.equals(token))).toBe(false);
	});

	test('there is nothing to search by in a query without letters', () => {
		expect(names.tokensToFind(' -- ')).toBeNull();
	});

	test('vowel signs of other scripts stay', () => expect(wordsOf('राम कुमार')).toEqual(['राम', 'कुमार']));
});
