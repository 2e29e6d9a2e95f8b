/** Keys for one use each, drawn from the app's secret, so that what leaks from one use opens no other (HKDF, RFC 5869). */
import { hkdfSync } from 'node:crypto';

type Purpose = 'links' | 'message-id' | 'mail-password';

const drawn = new Map<string, Buffer>();

export function keyFor(secret: Buffer, purpose: Purpose): Buffer {
	const name = `${purpose}:${secret.toString('base64')}`;
	const known = drawn.get(name);
	if (known) return known;
	const key = Buffer.from(hkdfSync('sha256', secret, '', `stepwell/${purpose}/1`, 32));
	drawn.set(name, key);
	return key;
}
