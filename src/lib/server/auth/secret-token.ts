/** Tokens in two halves: an id that finds the row, and a random secret of which only the SHA-256 is kept. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

// 32 signs, so that 5 bits choose one without bias; none that people confuse (l 1, o 0).
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

/** `length` random signs of 5 bits each: 24 of them hold 120 bits. */
export function randomSigns(length: number): string {
	let signs = '';
	for (const byte of randomBytes(length)) signs += ALPHABET[byte >> 3];
	return signs;
}

/** A random secret needs no slow hash: there is nothing to guess. */
export function hashSecret(secret: string): Buffer {
	return createHash('sha256').update(secret).digest();
}

/** A new token; `whole` is what is given away, and is nowhere else. */
export function makeToken(): { id: string; secretHash: Buffer; whole: string } {
	const [id, secret] = [randomSigns(24), randomSigns(24)];
	return { id, secretHash: hashSecret(secret), whole: `${id}.${secret}` };
}

/** The halves of a token that somebody sent; undefined for what can be none. */
export function readToken(whole: string): { id: string; secretHash: Buffer } | undefined {
	const [, id, secret] = /^([a-z2-9]{24})\.([a-z2-9]{24})$/.exec(whole) ?? [];
	return id && secret ? { id, secretHash: hashSecret(secret) } : undefined;
}

/** Compares in constant time, so that the answer's delay tells nothing. */
export function isSecret(secret: string, hash: Buffer): boolean {
	const given = hashSecret(secret);
	return given.length === hash.length && timingSafeEqual(given, hash);
}
