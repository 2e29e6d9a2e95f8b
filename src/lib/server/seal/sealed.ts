/**
 * Sealed bytes: `version 1 | kind 1 | key id 8 | iv 12 | tag 16 | ciphertext`, AES-256-GCM.
 *
 * The tag also covers `version|kind|key id|table|column|row`, so no ciphertext can be moved to another row, column or table,
 * nor be given to another key. Kind 1 is a contact's key (its id is the contact's), kind 2 a data key (`data_keys`).
 */
import type { KeyObject } from 'node:crypto';
import { BOX_BYTES, decrypt, encryptInto } from './aes-gcm.ts';
import { canonicalJson } from './canonical-json.ts';
import { SealError } from './errors.ts';

const VERSION = 1;
const HEADER_BYTES = 10;
const kinds = { contact: 1, data: 2 } as const;

/** What sealing adds to a text, in bytes. */
export const SEAL_BYTES = HEADER_BYTES + BOX_BYTES;

export type KeyKind = keyof typeof kinds;

/** A key that seals: a contact's, or a data key for what belongs to nobody. */
export class SealingKey {
	readonly kind: KeyKind;
	/** The contact's inner id, or the data key's. */
	readonly id: number;
	readonly secret: KeyObject;
	/** What every tag begins with. */
	readonly mark: string;

	constructor(kind: KeyKind, id: number, secret: KeyObject) {
		this.kind = kind;
		this.id = id;
		this.secret = secret;
		this.mark = `${VERSION}|${kinds[kind]}|${id}|`;
	}
}

declare const place: unique symbol;
/** Where sealed bytes stand: `table|column|row`. */
export type Place = string & { readonly [place]: true };

/**
 * The places of one column, made once: `const attributes = placesIn('contacts', 'sealed')`, then `attributes(contact.id)`.
 * The row is its primary key; several columns are joined with `|`.
 */
export function placesIn(table: string, column: string): (row: number | string) => Place {
	if (!/^[a-z0-9_]+$/.test(table) || !/^[a-z0-9_]+$/.test(column))
		throw new Error(`${table}.${column} is no place for sealed bytes: names are lower-case words.`);
	const start = `${table}|${column}|`;
	return (row) => (start + row) as Place;
}

/** Seals `plain` for one place. */
export function sealBytes(key: SealingKey, at: Place, plain: Uint8Array): Buffer {
	const sealed = Buffer.allocUnsafe(SEAL_BYTES + plain.length);
	sealed[0] = VERSION;
	sealed[1] = kinds[key.kind];
	sealed.writeUInt16BE(0, 2);
	sealed.writeUIntBE(key.id, 4, 6);
	encryptInto(sealed, HEADER_BYTES, key.secret, key.mark + at, plain);
	return sealed;
}

/** What was sealed for this place with this key. Throws `seal.tampered` for anything else. */
export function openBytes(key: SealingKey, at: Place, sealed: Buffer): Buffer {
	const named = keyNamedIn(sealed);
	if (named.kind !== key.kind || named.id !== key.id) throw new SealError('seal.tampered');
	return decrypt(sealed, HEADER_BYTES, key.secret, key.mark + at);
}

/** Seals any JSON value, as canonical JSON in UTF-8. Throws a TypeError for what JSON can't say. */
export function sealJson(key: SealingKey, at: Place, value: unknown): Buffer {
	return sealBytes(key, at, Buffer.from(canonicalJson(value)));
}

/** The JSON value that was sealed; its shape is the caller's to check. Throws `seal.tampered`. */
export function openJson(key: SealingKey, at: Place, sealed: Buffer): unknown {
	const text = openBytes(key, at, sealed).toString('utf8');
	try {
		return JSON.parse(text);
	} catch {
		// A SyntaxError quotes the text. These bytes were sealed, but never as JSON.
		throw new SealError('seal.tampered', 'not JSON');
	}
}

/** Which key `sealed` names. Not yet proven: only opening does that. Throws `seal.tampered` when it is no sealed value. */
export function keyNamedIn(sealed: Buffer): { kind: KeyKind; id: number } {
	if (sealed.length < SEAL_BYTES || sealed[0] !== VERSION || sealed.readUInt16BE(2) !== 0)
		throw new SealError('seal.tampered');
	const id = sealed.readUIntBE(4, 6);
	if (sealed[1] === kinds.contact) return { kind: 'contact', id };
	if (sealed[1] === kinds.data) return { kind: 'data', id };
	throw new SealError('seal.tampered');
}
