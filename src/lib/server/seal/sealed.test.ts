import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { takeKey } from './aes-gcm.ts';
import { SealError } from './errors.ts';
import {
	keyNamedIn,
	openBytes,
	openJson,
	placesIn,
	sealBytes,
	SEAL_BYTES,
	sealJson,
	SealingKey
} from './sealed.ts';

const makeKey = (kind: 'contact' | 'data' = 'contact', id = 77) =>
	new SealingKey(kind, id, takeKey(randomBytes(32)));
const key = makeKey();
const attributes = placesIn('contacts', 'sealed');
const here = attributes(77);

function codeOf(open: () => unknown): string {
	try {
		open();
	} catch (error) {
		if (error instanceof SealError) return error.code;
		throw error;
	}
	return 'opened';
}

describe('what is sealed comes back', () => {
	test.each([
		['nothing', Buffer.alloc(0)],
		['a byte', Buffer.from([0])],
		['a megabyte', randomBytes(1_048_576)],
		['letters of every script', Buffer.from('Żółć 李小龙 مرحبا नमस्ते 👩🏽‍⚕️')]
	])('%s', (_, plain) => {
		const sealed = sealBytes(key, here, plain);
		expect(sealed.length).toBe(plain.length + SEAL_BYTES);
		expect(openBytes(key, here, sealed).equals(plain)).toBe(true);
	});

	test.each([
		[null],
		[0],
		[''],
		[['a', 1, null]],
		[
			{
				diagnosis: 'Type 2 diabetes',
				'geprüft am': '2026-03-02',
				tags: ['ü', '\ud800'],
				nested: { b: 1, a: {} }
			}
		]
	])('JSON %j', (value) => expect(openJson(key, here, sealJson(key, here, value))).toEqual(value));

	test('by a data key as well', () => {
		const data = makeKey('data', 3);
		const sealed = sealJson(data, here, 'x');
		expect(keyNamedIn(sealed)).toEqual({ kind: 'data', id: 3 });
		expect(openJson(data, here, sealed)).toBe('x');
	});

	test('for the largest contact id there can be', () => {
		const last = makeKey('contact', 2 ** 48 - 1);
		expect(keyNamedIn(sealBytes(last, here, Buffer.alloc(1)))).toEqual({ kind: 'contact', id: 2 ** 48 - 1 });
	});
});

test('the same value sealed a thousand times is a thousand different byte strings', () => {
	const sealed = Array.from({ length: 1100 }, () => sealJson(key, here, 'same').toString('hex'));
	expect(new Set(sealed).size).toBe(1100);
	expect(new Set(sealed.map((hex) => hex.slice(20, 44))).size).toBe(1100);
});

test('a change of any bit is found, in whichever part it is', () => {
	const sealed = sealJson(key, here, { a: 'Asthma' });
	for (let bit = 0; bit < sealed.length * 8; bit++) {
		const changed = Buffer.from(sealed);
		changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
		expect(
			codeOf(() => openBytes(key, here, changed)),
			`bit ${bit}`
		).toBe('seal.tampered');
	}
});

test('a cut or lengthened value is found at every length', () => {
	const sealed = sealJson(key, here, 'Asthma');
	for (let length = 0; length < sealed.length; length++)
		expect(
			codeOf(() => openBytes(key, here, sealed.subarray(0, length))),
			`${length} bytes`
		).toBe('seal.tampered');
	expect(codeOf(() => openBytes(key, here, Buffer.concat([sealed, Buffer.alloc(1)])))).toBe('seal.tampered');
});

test.each([
	['another row', attributes(78)],
	['another column', placesIn('contacts', 'name_sealed')(77)],
	['another table', placesIn('events', 'sealed')(77)],
	['a row whose number begins alike', attributes('77|1')]
])('what was sealed here does not open in %s', (_, elsewhere) => {
	expect(codeOf(() => openBytes(key, elsewhere, sealBytes(key, here, Buffer.from('x'))))).toBe(
		'seal.tampered'
	);
});

test.each([
	['of the same contact', makeKey()],
	['of another contact', makeKey('contact', 78)],
	['of another kind with the same number', new SealingKey('data', 77, key.secret)],
	['of another contact with the same bytes', new SealingKey('contact', 78, key.secret)]
])('another key %s does not open it', (_, other) => {
	expect(codeOf(() => openBytes(other, here, sealBytes(key, here, Buffer.from('x'))))).toBe('seal.tampered');
});

test('a value renamed to another key does not open with that key, even if it has the same bytes', () => {
	const sealed = sealBytes(key, here, Buffer.from('x'));
	sealed.writeUIntBE(78, 4, 6);
	expect(codeOf(() => openBytes(new SealingKey('contact', 78, key.secret), here, sealed))).toBe(
		'seal.tampered'
	);
});

test('columns that would make a place ambiguous are refused', () => {
	expect(() => placesIn('contacts|x', 'sealed')).toThrow('no place');
	expect(() => placesIn('contacts', '')).toThrow('no place');
});

test('no error says what was sealed, and no key prints itself', () => {
	const sealed = sealBytes(key, here, Buffer.from('canary, not JSON'));
	let error: unknown;
	try {
		openJson(key, here, sealed);
	} catch (thrown) {
		error = thrown;
	}
	expect(error).toBeInstanceOf(SealError);
	expect(inspect(error, { depth: null, showHidden: true })).not.toContain('canary');
	const bytes = key.secret.export();
	const printed = inspect(key, { depth: null, showHidden: true }) + JSON.stringify(key);
	for (const text of [bytes.toString('hex'), bytes.toString('base64'), bytes.toString('latin1')])
		expect(printed).not.toContain(text);
});

test.each([[undefined], [NaN], [{ a: Infinity }], [1n], [{ a: [2n] }], [() => 'canary']])(
	'what JSON cannot say is refused: %s',
	(value) => expect(() => sealJson(key, here, value)).toThrow(TypeError)
);
