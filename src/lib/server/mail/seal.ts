/** A secret kept in the database, readable only with the app's own key (AES-256-GCM). */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { keyFor, type Purpose } from './keys.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** `text` sealed for one purpose: nonce, tag and ciphertext in base64url. */
export function seal(secret: Buffer, text: string, purpose: Purpose = 'mail-password'): string {
	const nonce = randomBytes(NONCE_BYTES);
	const cipher = createCipheriv('aes-256-gcm', keyFor(secret, purpose), nonce);
	const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
	return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** What was sealed. Throws when the app's secret is another one now, when it is of another purpose, or when `sealed` was changed. */
export function openSealed(secret: Buffer, sealed: string, purpose: Purpose = 'mail-password'): string {
	const bytes = Buffer.from(sealed, 'base64url');
	const decipher = createDecipheriv('aes-256-gcm', keyFor(secret, purpose), bytes.subarray(0, NONCE_BYTES), {
		authTagLength: TAG_BYTES
	});
	decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
	return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
}
