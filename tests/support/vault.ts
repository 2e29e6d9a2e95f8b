/** Vaults over a test's database: each is a process of its own, with its own caches and clock. */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { isSealError } from '../../src/lib/server/seal/errors.ts';
import { LocalKeyRing } from '../../src/lib/server/seal/key-ring.ts';
import { placesIn, openJson, sealJson } from '../../src/lib/server/seal/sealed.ts';
import { openVault, type Vault, type VaultOptions } from '../../src/lib/server/seal/vault.ts';

const kek = randomBytes(32);

/** The same key as `STEPWELL_KEYS` has it, for a process of its own. */
export const testKeys = `test:${kek.toString('base64')}`;

/** A key ring of one key, the same in all tests of a file. */
export function testRing(id = 'test', bytes = kek): LocalKeyRing {
	return new LocalKeyRing('/nonexistent/kek.json', [{ id, bytes }], Buffer.alloc(32, 7));
}

/** Vaults that end together. Their clocks stand at 0 until a test moves them. */
export class Vaults {
	private readonly opened: Vault[] = [];
	constructor(private readonly pool: pg.Pool) {}

	async open(options: Partial<VaultOptions> = {}): Promise<Vault> {
		const vault = await openVault({ pool: this.pool, provider: testRing(), now: () => 0, ...options });
		this.opened.push(vault);
		return vault;
	}

	/** Closes them, and leaves no key in the database. */
	async clear(): Promise<void> {
		await Promise.all(this.opened.splice(0).map((vault) => vault.close()));
		await this.pool.query('truncate data_keys, contact_keys restart identity');
	}
}

export const sealedPlace = placesIn('contacts', 'sealed');

export async function sealFor(vault: Vault, contactId: number, value: unknown): Promise<Buffer> {
	return sealJson((await vault.keysToSeal([contactId])).get(contactId), sealedPlace(contactId), value);
}

export async function openFor(vault: Vault, contactId: number, sealed: Buffer): Promise<unknown> {
	return openJson((await vault.keysToOpen([contactId])).get(contactId), sealedPlace(contactId), sealed);
}

/** The code of the SealError that `work` ends with, or what it gave. */
export function outcomeOf(work: Promise<unknown>): Promise<unknown> {
	return work.catch((error: unknown) => {
		if (isSealError(error)) return error.code;
		throw error;
	});
}
