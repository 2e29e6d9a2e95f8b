/** A key out of a passphrase (scrypt, RFC 7914), and what is sealed with it. */
import { randomBytes, scryptSync, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { StartError } from '../db/start-error.ts';
import { BOX_BYTES, decrypt, encryptInto, takeKey } from '../seal/aes-gcm.ts';
import { isSealError } from '../seal/errors.ts';

/** How the key is drawn; kept beside what it seals. The bounds keep a forged file from taking all memory. */
export const kdfSchema = z.strictObject({
	name: z.literal('scrypt'),
	N: z
		.int()
		.min(1 << 14)
		.max(1 << 20),
	r: z.literal(8),
	p: z.int().min(1).max(4),
	/** Base64. */
	salt: z.base64()
});
export type Kdf = z.infer<typeof kdfSchema>;

const SHORTEST = 12;
const VARIABLE = 'STEPWELL_BACKUP_PASSPHRASE';

/** Fresh parameters. 2^17: 128 MB and 0.3 s a guess. */
export function makeKdf(): Kdf {
	return { name: 'scrypt', N: 1 << 17, r: 8, p: 1, salt: randomBytes(16).toString('base64') };
}

/** The key of 32 bytes that `passphrase` (in Unicode NFC, as UTF-8) gives. */
export function keyOf(passphrase: string, { N, r, p, salt }: Kdf): KeyObject {
	const bytes = Buffer.from(passphrase.normalize('NFC'));
	return takeKey(scryptSync(bytes, Buffer.from(salt, 'base64'), 32, { N, r, p, maxmem: 256 * N * r }));
}

/** Throws a StartError for a passphrase that is soon guessed. */
export function requireStrong(passphrase: string): void {
	if (Array.from(passphrase).length < SHORTEST)
		throw new StartError(
			`The passphrase must have at least ${SHORTEST} characters; four or five words that don't belong together are good.`
		);
}

/** `iv 12 | tag 16 | ciphertext`, AES-256-GCM, bound to `context`. */
export function sealWith(key: KeyObject, context: string, plain: Buffer): Buffer {
	const box = Buffer.alloc(BOX_BYTES + plain.length);
	encryptInto(box, 0, key, context, plain);
	return box;
}

/** What `sealWith` sealed. Throws a StartError when the passphrase is another one. */
export function openWith(key: KeyObject, context: string, box: Buffer): Buffer {
	return orWrong(() => decrypt(box, 0, key, context));
}

/** Gives what `open` gives; what does not open, was sealed with another passphrase. */
export function orWrong<T>(open: () => T): T {
	try {
		return open();
	} catch (error) {
		if (!isSealError(error)) throw error;
		throw new StartError('The passphrase is wrong, or the file was changed since it was made.');
	}
}

/** The passphrase: from the environment, else asked for in the terminal; `twice` for one that is new. */
export async function findPassphrase(twice: boolean): Promise<string> {
	const given = process.env[VARIABLE];
	if (given) return given;
	if (!process.stdin.isTTY || !process.stdout.isTTY)
		throw new StartError(`Set ${VARIABLE}, or run this in a terminal to type the passphrase.`);
	const typed = await ask('Passphrase: ');
	if (twice && (await ask('The same again: ')) !== typed) throw new StartError('The two were not the same.');
	return typed;
}

const ENTER = new Set(['\r', '\n', '\u0004']);
const BACKSPACE = new Set(['\u007f', '\b']);
const INTERRUPT = '\u0003';

/** A line typed in the terminal and not shown. */
function ask(question: string): Promise<string> {
	const { stdin, stdout } = process;
	stdout.write(question);
	stdin.setRawMode(true).setEncoding('utf8').resume();
	const signs: string[] = [];
	return new Promise((resolve, reject) => {
		const end = () => {
			stdin.off('data', take).setRawMode(false).pause();
			stdout.write('\n');
		};
		const take = (text: string) => {
			for (const sign of text) {
				if (sign === INTERRUPT) return (end(), reject(new StartError('Stopped.')));
				if (ENTER.has(sign)) return (end(), resolve(signs.join('')));
				if (BACKSPACE.has(sign)) signs.pop();
				else signs.push(sign);
			}
		};
		stdin.on('data', take);
	});
}
