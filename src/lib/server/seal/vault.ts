/**
 * The door to everything that is sealed at rest. Three layers: the key provider's key wraps data keys, a data key wraps each
 * contact's key, a contact's key seals what is about that contact. What belongs to nobody is sealed by a data key itself.
 *
 *     const sealed = placesIn('contacts', 'sealed');
 *     const keys = await vault.keysToSeal(ids);                          // one batch, one or three statements
 *     const bytes = sealJson(keys.get(id), sealed(id), { diagnosis });   // sealed.ts
 *     const value = openJson((await vault.keysToOpen(ids)).get(id), sealed(id), bytes);
 */
import pg from 'pg';
import type { Db } from '../db/db.ts';
import { BlindIndex } from './blind-index.ts';
import { ContactKeys, type KeyBatch, type KeyRow } from './contact-keys.ts';
import { DataKeys } from './data-keys.ts';
import { SealError } from './errors.ts';
import type { KeyProvider } from './key-provider.ts';
import { keyNamedIn, type SealingKey } from './sealed.ts';

export interface VaultOptions {
	/** The app's pool; the vault opens a few connections of its own to the same database. */
	pool: pg.Pool;
	provider: KeyProvider;
	/** Contact keys kept open. 1.1 KB each (measured: KeyObject and entry), so 20,000 are 23 MB. */
	keptKeys?: number;
	/** How long a contact key stays open: the time in which a shredding reaches the other processes. */
	keptForMs?: number;
	/** Milliseconds of a clock that never jumps; the process's own unless a test gives one. */
	now?: () => number;
}

const KEPT_KEYS = 20_000;
const KEPT_FOR_MS = 30_000;
// Keys are asked for inside transactions: from the app's pool, twenty of those could wait for each other for ever.
const OWN_CONNECTIONS = 4;

/** Opens the vault on a migrated database; the first time, its data key and the index's master key are made. */
export async function openVault(options: VaultOptions): Promise<Vault> {
	const { pool, provider, now = () => performance.now() } = options;
	const own = new pg.Pool({ ...pool.options, max: OWN_CONNECTIONS });
	// As in openPool: without listeners a server that goes away would end the process; the next query reports it.
	own.on('error', () => {});
	own.on('connect', (client) => void client.on('error', () => {}));
	try {
		const dataKeys = new DataKeys(own, provider, now);
		await dataKeys.refresh();
		const limits = {
			count: options.keptKeys ?? KEPT_KEYS,
			forMs: options.keptForMs ?? KEPT_FOR_MS,
			now
		};
		const master = await dataKeys.ensure('index');
		return new Vault(dataKeys, new ContactKeys(dataKeys, limits), new BlindIndex(master.secret));
	} catch (error) {
		await own.end();
		throw error;
	}
}

export class Vault {
	/** The middle layer, for rotation. */
	readonly dataKeys: DataKeys;
	/** Look-ups over sealed columns. */
	readonly index: BlindIndex;
	private readonly contactKeys: ContactKeys;

	constructor(dataKeys: DataKeys, contactKeys: ContactKeys, index: BlindIndex) {
		this.dataKeys = dataKeys;
		this.contactKeys = contactKeys;
		this.index = index;
	}

	/** The keys of a batch of contacts (inner ids), made for those without one. Safe to call inside a transaction. */
	keysToSeal(contactIds: readonly number[]): Promise<KeyBatch> {
		return this.contactKeys.toSeal(contactIds);
	}

	/** The keys of a batch of contacts that something was sealed for. */
	keysToOpen(contactIds: readonly number[]): Promise<KeyBatch> {
		return this.contactKeys.toOpen(contactIds);
	}

	/** The keys in rows of `contact_keys` that were read with what they open; each is opened when it is asked for first. */
	keysInRows(rows: readonly KeyRow[]): Promise<KeyBatch> {
		return this.contactKeys.inRows(rows);
	}

	/** The key for what belongs to no contact, such as a spool's rows. From memory: it needs no database. */
	workspaceKey(): SealingKey {
		return this.dataKeys.current();
	}

	/** The key that opens `sealed`, sealed once with a workspace key. Throws `seal.unknown-key` or `seal.tampered`. */
	async workspaceKeyOf(sealed: Buffer): Promise<SealingKey> {
		const named = keyNamedIn(sealed);
		if (named.kind !== 'data') throw new SealError('seal.tampered');
		return this.dataKeys.get(named.id);
	}

	/**
	 * Makes everything sealed for these contacts unreadable, for good, when `db`'s transaction commits: here at once, in other
	 * processes within `keptForMs`. What those still seal in that time is lost too.
	 */
	shred(db: Db, contactIds: readonly number[]): Promise<void> {
		return this.contactKeys.shred(db, contactIds);
	}

	/** Ends the vault's own connections. */
	close(): Promise<void> {
		return this.dataKeys.pool.end();
	}
}
