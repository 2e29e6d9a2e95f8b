// What all processes of one torture share, so that each opens what another sealed.
import { LocalKeyRing } from '$lib/server/seal/key-ring.ts';

export const SECRET = Buffer.alloc(32, 7);

/** A ring of one key, which nobody keeps. */
export function ringOf(hex: string): LocalKeyRing {
	return new LocalKeyRing('', [{ id: 'torture', bytes: Buffer.from(hex, 'hex') }], SECRET);
}
