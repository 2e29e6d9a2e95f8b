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

/** Compares in constant time, so that the answer's delay tells nothing. */
export function isSecret(secret: string, hash: Buffer): boolean {
	const given = hashSecret(secret);
	return given.length === hash.length && timingSafeEqual(given, hash);
}
