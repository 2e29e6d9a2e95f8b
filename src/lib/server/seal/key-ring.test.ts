import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openKeyRing } from './key-ring.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'stepwell-keys-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const appSecret = Buffer.alloc(32, 7);
const file = () => join(folder, 'keys', 'kek.json');
const open = (given?: string) => openKeyRing({ dataFolder: folder, given, appSecret });
const base64 = (fill: number) => Buffer.alloc(32, fill).toString('base64');
const dek = randomBytes(32);
const codeOf = (opening: Promise<unknown>) =>
	opening.then(
		() => 'opened',
		(error: { code?: string }) => error.code
	);

describe('the file', () => {
	test('is made once, for this user alone, and left without traces', async () => {
		const id = await open().currentKeyId();
		expect(await open().currentKeyId()).toBe(id);
		expect(statSync(file()).mode & 0o777).toBe(0o600);
		expect(statSync(join(folder, 'keys')).mode & 0o777).toBe(0o700);
		expect(readdirSync(join(folder, 'keys'))).toEqual(['kek.json']);
	});

	test('is not made when the environment gives keys', async () => {
		expect(await open(`a:${base64(1)}`).currentKeyId()).toBe('a');
		expect(readdirSync(folder)).toEqual([]);
	});

	test('is refused when others may read it', () => {
		open();
		chmodSync(file(), 0o640);
		expect(() => open()).toThrow(`chmod 600 ${file()}`);
	});

	test.each([['{'], ['{"keys":[]}'], [`{"keys":[{"id":"a","key":"c2hvcnQ="}]}`]])(
		'is refused when it is damaged, and is not replaced: %s',
		(text) => {
			open();
			writeFileSync(file(), text);
			expect(() => open()).toThrow(file());
			expect(readFileSync(file(), 'utf8')).toBe(text);
		}
	);
});

describe('wrapping', () => {
	test('opens with the key and the context it was made with, and no other', async () => {
		const ring = open(`a:${base64(1)},b:${base64(2)}`);
		const { keyId, wrapped } = await ring.wrap(dek, 'data_keys|1');
		expect(keyId).toBe('a');
		expect((await ring.unwrap('a', wrapped, 'data_keys|1')).equals(dek)).toBe(true);
		expect(await codeOf(ring.unwrap('a', wrapped, 'data_keys|2'))).toBe('seal.tampered');
		expect(await codeOf(ring.unwrap('b', wrapped, 'data_keys|1'))).toBe('seal.tampered');
		expect(await codeOf(ring.unwrap('c', wrapped, 'data_keys|1'))).toBe('seal.unknown-key');
		for (let at = 0; at < wrapped.length; at++) {
			const changed = Buffer.from(wrapped);
			changed[at] = (changed[at] ?? 0) ^ 1;
			expect(await codeOf(ring.unwrap('a', changed, 'data_keys|1'))).toBe('seal.tampered');
			expect(await codeOf(ring.unwrap('a', wrapped.subarray(0, at), 'data_keys|1'))).toBe('seal.tampered');
		}
	});

	test('goes on with older keys after a new one was put first, in another process too', async () => {
		const [ours, theirs] = [open(), open()];
		const old = await ours.wrap(dek, 'x');
		const added = ours.addKey();
		expect(await theirs.currentKeyId()).toBe(added);
		const anew = await ours.wrap(dek, 'x');
		expect(anew.keyId).toBe(added);
		expect((await theirs.unwrap(added, anew.wrapped, 'x')).equals(dek)).toBe(true);
		expect((await theirs.unwrap(old.keyId, old.wrapped, 'x')).equals(dek)).toBe(true);
		ours.removeKey(old.keyId);
		expect(await codeOf(ours.unwrap(old.keyId, old.wrapped, 'x'))).toBe('seal.unknown-key');
		expect(() => ours.removeKey(added)).toThrow('is the current one');
	});

	test('meets the key of a process that added one meanwhile', async () => {
		const [ours, theirs] = [open(), open()];
		ours.addKey();
		const { keyId, wrapped } = await ours.wrap(dek, 'x');
		expect((await theirs.unwrap(keyId, wrapped, 'x')).equals(dek)).toBe(true);
	});

	test('moves from the file to the environment: the file still opens', async () => {
		const { keyId, wrapped } = await open().wrap(dek, 'x');
		const ring = open(`[{"id":"new","key":"${base64(3)}"}]`);
		expect(await ring.currentKeyId()).toBe('new');
		expect((await ring.unwrap(keyId, wrapped, 'x')).equals(dek)).toBe(true);
		expect(() => ring.addKey()).toThrow('STEPWELL_KEYS');
	});

	test('two changes at once are told apart by the lock', () => {
		const ring = open();
		writeFileSync(`${file()}.lock`, '');
		expect(() => ring.addKey()).toThrow('being changed by another process');
	});
});

describe('keys from the environment', () => {
	test.each([
		['a'],
		['a:short'],
		[`a:${base64(1)}=`],
		[`a b:${base64(1)}`],
		[`a:${base64(1)},a:${base64(2)}`],
		['[]'],
		[`[{"id":"a","key":"${base64(9).slice(4)}"}]`],
		[`{"a":"${base64(9)}"`]
	])('are refused without being quoted: %s', (given) => {
		let told = '';
		try {
			open(given);
		} catch (error) {
			told = inspect(error, { depth: null, showHidden: true }).replace(/\n\s+at .*/g, '');
		}
		expect(told).toContain('STEPWELL_KEYS');
		expect(told).not.toContain(base64(1).slice(0, 12));
		expect(told).not.toContain(base64(9).slice(4, 16));
	});

	test("may not be the app's own secret", () => {
		expect(() => open(`a:${appSecret.toString('base64')}`)).toThrow("app's secret");
	});
});
