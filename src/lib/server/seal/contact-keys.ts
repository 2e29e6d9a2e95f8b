/**
 * The inner layer: one random key for each contact, wrapped by a data key, so that one person can be forgotten by destroying
 * 61 bytes. Keys are opened by the batch, with one statement when all are there.
 *
 * Keys are made on connections of their own and never in the caller's transaction: were that rolled back, what another
 * request had sealed with the key meanwhile could never be opened.
 */
import { randomBytes } from 'node:crypto';
import type { Db } from '../db/db.ts';
import { KEY_BYTES, takeKey, unwrapKey, wrapKey } from './aes-gcm.ts';
import type { DataKeys } from './data-keys.ts';
import { SealError } from './errors.ts';
import { KeyCache, type KeyCacheLimits } from './key-cache.ts';
import { SealingKey } from './sealed.ts';

/** Context of a contact key's wrapping. */
export function contextOfContact(contactId: number): string {
	return `contact_keys|${contactId}`;
}

/** A contact's row of `contact_keys`, as it may be read together with what the key opens. */
export interface KeyRow {
	contact_id: number;
	/** Null with `wrapped`: shredded. */
	dek_id: number | null;
	wrapped: Buffer | null;
}

type Found = Map<number, SealingKey | SealError>;

/** The keys of a batch of contacts. Let go of it when the work is done: it would outlive a key that is destroyed. */
export class KeyBatch {
	private readonly found: Found;
	private readonly open: (contactId: number) => SealingKey | SealError | undefined;

	/** `open`: gives the key of a contact that is not in `found` yet, and is asked once for each. */
	constructor(
		found: Found,
		open: (contactId: number) => SealingKey | SealError | undefined = () => undefined
	) {
		this.found = found;
		this.open = open;
	}

	/** Throws `seal.shredded`, `seal.unknown-key` (nothing was ever sealed for this contact) or `seal.tampered`. */
	get(contactId: number): SealingKey {
		const found = this.look(contactId);
		if (found instanceof SealingKey) return found;
		throw found ?? new SealError('seal.unknown-key', `contact ${contactId}`);
	}

	/** The key, or undefined when there is none that opens. */
	find(contactId: number): SealingKey | undefined {
		const found = this.look(contactId);
		return found instanceof SealingKey ? found : undefined;
	}

	isShredded(contactId: number): boolean {
		const found = this.look(contactId);
		return found instanceof SealError && found.code === 'seal.shredded';
	}

	private look(contactId: number): SealingKey | SealError | undefined {
		const known = this.found.get(contactId);
		if (known) return known;
		const opened = this.open(contactId);
		if (opened) this.found.set(contactId, opened);
		return opened;
	}
}

// A share lock on the data key: it can't be retired between our reading it and our row.
const INSERT = `
with dek as (select id from data_keys where id = $1 and retired_at is null for share)
insert into contact_keys (contact_id, dek_id, wrapped)
select n.contact_id, dek.id, n.wrapped from dek, unnest($2::bigint[], $3::bytea[]) as n (contact_id, wrapped)
order by n.contact_id
on conflict (contact_id) do nothing`;

const SHRED = `
insert into contact_keys (contact_id, shredded_at)
select contact_id, now() from unnest($1::bigint[]) as n (contact_id) order by contact_id
on conflict (contact_id) do update set dek_id = null, wrapped = null, shredded_at = excluded.shredded_at
where contact_keys.shredded_at is null`;

export class ContactKeys {
	private readonly cache: KeyCache;

	private readonly dataKeys: DataKeys;
	private readonly limits: KeyCacheLimits;

	constructor(dataKeys: DataKeys, limits: KeyCacheLimits) {
		this.dataKeys = dataKeys;
		this.limits = limits;
		this.cache = new KeyCache(limits);
	}

	/** The keys of contacts that have one. */
	async toOpen(contactIds: readonly number[]): Promise<KeyBatch> {
		const found: Found = new Map();
		await this.read(this.findKept(contactIds, found), found);
		return new KeyBatch(found);
	}

	/**
	 * The keys that stand in `rows`, each opened when it is asked for first. For rows that were read for other reasons too:
	 * nothing is asked again, and who is not read about is not opened. They are not kept in memory for others.
	 */
	async inRows(rows: readonly KeyRow[]): Promise<KeyBatch> {
		const dekById = await this.openDataKeys(rows);
		const rowById = new Map(rows.map((row) => [row.contact_id, row]));
		return new KeyBatch(new Map(), (contactId) => {
			const row = rowById.get(contactId);
			return row && openContactKey(row, dekById);
		});
	}

	/** The keys of contacts, made for those that have none; a shredded contact gets none ever again. */
	async toSeal(contactIds: readonly number[]): Promise<KeyBatch> {
		const found: Found = new Map();
		let missing = await this.read(this.findKept(contactIds, found), found);
		// Once more when the data key was retired meanwhile; by then the newer one is known.
		for (let tries = 0; missing.length > 0 && tries < 3; tries++) {
			const dek = tries === 0 ? this.dataKeys.current() : await this.dataKeys.refresh();
			await this.make(missing, dek);
			missing = await this.read(missing, found);
		}
		return new KeyBatch(found);
	}

	/** Destroys the keys of contacts, and marks them so that none is made again; part of the caller's transaction. */
	async shred(db: Db, contactIds: readonly number[]): Promise<void> {
		await db.query(SHRED, [[...new Set(contactIds)]]);
		this.cache.forget(contactIds);
	}

	private findKept(contactIds: readonly number[], found: Found): number[] {
		const now = this.limits.now();
		const missing = new Set<number>();
		for (const id of contactIds) {
			const key = this.cache.find(id, now);
			if (key) found.set(id, key);
			else missing.add(id);
		}
		return [...missing].sort((a, b) => a - b);
	}

	/** Adds what the database has to `found`, and gives the ids that it has not. */
	private async read(contactIds: readonly number[], found: Found): Promise<readonly number[]> {
		if (contactIds.length === 0) return contactIds;
		const readAt = this.limits.now();
		const { rows } = await this.dataKeys.pool.query<KeyRow>(
			'select contact_id, dek_id, wrapped from contact_keys where contact_id = any($1::bigint[])',
			[contactIds]
		);
		const dekById = await this.openDataKeys(rows);
		for (const row of rows) {
			const key = openContactKey(row, dekById);
			found.set(row.contact_id, key);
			if (key instanceof SealingKey) this.cache.keep(key, readAt);
		}
		return rows.length === contactIds.length ? [] : contactIds.filter((id) => !found.has(id));
	}

	private async openDataKeys(rows: readonly KeyRow[]): Promise<Map<number, SealingKey | SealError>> {
		const ids = new Set<number>();
		for (const { dek_id } of rows) if (dek_id !== null) ids.add(dek_id);
		const dekById: Found = new Map();
		for (const id of ids) dekById.set(id, await this.dataKeys.get(id).catch(keepSealError));
		return dekById;
	}

	private async make(contactIds: readonly number[], dek: SealingKey): Promise<void> {
		const raw = randomBytes(KEY_BYTES * contactIds.length);
		const wrapped = contactIds.map((id, at) =>
			wrapKey(dek.secret, contextOfContact(id), raw.subarray(at * KEY_BYTES, (at + 1) * KEY_BYTES))
		);
		raw.fill(0);
		await this.dataKeys.pool.query(INSERT, [dek.id, contactIds, wrapped]);
	}
}

function openContactKey(row: KeyRow, dekById: Found): SealingKey | SealError {
	if (row.dek_id === null || row.wrapped === null)
		return new SealError('seal.shredded', `contact ${row.contact_id}`);
	const dek = dekById.get(row.dek_id);
	if (!(dek instanceof SealingKey)) return dek ?? new SealError('seal.unknown-key');
	try {
		const raw = unwrapKey(dek.secret, contextOfContact(row.contact_id), row.wrapped);
		return new SealingKey('contact', row.contact_id, takeKey(raw));
	} catch (error) {
		return keepSealError(error);
	}
}

// One contact's broken key must not keep the others of the batch shut.
function keepSealError(error: unknown): SealError {
	if (error instanceof SealError) return error;
	throw error;
}
