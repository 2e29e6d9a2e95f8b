/** Passwords: argon2id as OWASP and NIST 800-63B have it, 19 MiB, two passes, one lane. */
import { hash, verify } from '@node-rs/argon2';
import { z } from 'zod';

const cost = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };

/** What may become a password: length is what counts, and no rule about its signs (NIST 800-63B). */
export const newPassword = z
	.string()
	.min(12, 'Use at least 12 characters. A few words in a row are easy to remember.')
	.max(256, 'Use at most 256 characters.')
	.refine((text) => new Set(text).size > 4, 'Use more than a few different characters.');

export function hashPassword(password: string): Promise<string> {
	return hash(password.normalize('NFKC'), cost);
}

let nobodysHash: Promise<string> | undefined;

/** Whether it is the password. For an unknown user (`undefined`) it takes as long and says no, so nobody learns who exists. */
export async function isPassword(password: string, passwordHash: string | undefined): Promise<boolean> {
	nobodysHash ??= hashPassword('of nobody');
	const matches = await verify(passwordHash ?? (await nobodysHash), password.normalize('NFKC'));
	return matches && passwordHash !== undefined;
}
