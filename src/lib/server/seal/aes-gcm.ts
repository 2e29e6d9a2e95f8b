/**
 * AES-256-GCM as everything here uses it: `iv 12 | tag 16 | ciphertext`, the tag over the ciphertext and a context that is
 * not kept, so bytes open only where they were meant to stand.
 */
import {
	createCipheriv,
	createDecipheriv,
	createSecretKey,
	randomFillSync,
	type KeyObject
} from 'node:crypto';
import { SealError } from './errors.ts';

export const IV_BYTES = 12;
export const TAG_BYTES = 16;
export const KEY_BYTES = 32;

/** What sealing adds to a text, in bytes. */
export const BOX_BYTES = IV_BYTES + TAG_BYTES;

// One call for 512 of them: 0.05 µs each; one call each: 1.7 µs.
const ivs = Buffer.alloc(512 * IV_BYTES);
let nextIv = ivs.length;

function takeIv(): Buffer {
	if (nextIv === ivs.length) {
		randomFillSync(ivs);
		nextIv = 0;
	}
	return ivs.subarray(nextIv, (nextIv += IV_BYTES));
}

/**
 * Encrypts `plain` into `target` from byte `at` on. IVs are random, so a key must be changed before its 2^32nd use.
 * Keys are KeyObjects throughout: with one a record takes 3 µs, with the same key as bytes 14 µs.
 */
export function encryptInto(
	target: Buffer,
	at: number,
	key: KeyObject,
	context: string,
	plain: Uint8Array
): void {
	const iv = takeIv();
	const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context));
	const body = cipher.update(plain);
	cipher.final();
	target.set(iv, at);
	target.set(cipher.getAuthTag(), at + IV_BYTES);
	target.set(body, at + BOX_BYTES);
}

/** What stands in `box` from byte `at` to its end. Throws `seal.tampered` when a bit of it, the key or the context differs. */
export function decrypt(box: Buffer, at: number, key: KeyObject, context: string): Buffer {
	if (box.length < at + BOX_BYTES) throw new SealError('seal.tampered');
	const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(at, at + IV_BYTES), {
		authTagLength: TAG_BYTES
	});
	decipher.setAAD(Buffer.from(context)).setAuthTag(box.subarray(at + IV_BYTES, at + BOX_BYTES));
	const plain = decipher.update(box.subarray(at + BOX_BYTES));
	try {
		decipher.final();
	} catch {
		throw new SealError('seal.tampered');
	}
	return plain;
}

const WRAP_VERSION = 1;

/** `raw`, a key of 32 bytes, under `key`: `version | iv | tag | ciphertext`, 61 bytes. */
export function wrapKey(key: KeyObject, context: string, raw: Uint8Array): Buffer {
	const wrapped = Buffer.alloc(1 + BOX_BYTES + raw.length, WRAP_VERSION);
	encryptInto(wrapped, 1, key, context, raw);
	return wrapped;
}

/** The 32 bytes of a wrapped key; the caller wipes them. Throws `seal.tampered`. */
export function unwrapKey(key: KeyObject, context: string, wrapped: Buffer): Buffer {
	if (wrapped[0] !== WRAP_VERSION || wrapped.length !== 1 + BOX_BYTES + KEY_BYTES)
		throw new SealError('seal.tampered');
	return decrypt(wrapped, 1, key, context);
}

/** A key out of its bytes, which are wiped. It prints as nothing, so it can't get into a log by mistake. */
export function takeKey(raw: Buffer): KeyObject {
	const key = createSecretKey(raw);
	raw.fill(0);
	return key;
}
