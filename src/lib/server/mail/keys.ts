/** Keys for one use each, drawn from the app's secret, so that what leaks from one use opens no other (HKDF, RFC 5869). */
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

export type Purpose = 'links' | 'message-id' | 'mail-password' | 'webhook-call' | 'factors' | 'sso';

const drawn = new WeakMap<Buffer, Map<Purpose, KeyObject>>();

export function keyFor(secret: Buffer, purpose: Purpose): KeyObject {
	const keys = drawn.get(secret) ?? new Map<Purpose, KeyObject>();
	drawn.set(secret, keys);
	const known = keys.get(purpose);
	if (known) return known;
	const key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `stepwell/${purpose}/1`, 32)));
	keys.set(purpose, key);
	return key;
}
