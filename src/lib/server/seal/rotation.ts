/**
 * Changing keys while the product runs. `rotateKek` wraps the few data keys anew. `rotateDek` makes a new data key, then
 * wraps every contact's key anew; the contact keys themselves stay, so no sealed row is touched and no cache goes stale.
 *
 * A data key's life: current → older, opens only (a newer one exists) → retired (nothing is under it). A retired one keeps
 * its wrapped bytes, so that what was sealed by a process that knew no better still opens.
 */
import { inTransaction, type Tx } from '../db/db.ts';
import { unwrapKey, wrapKey } from './aes-gcm.ts';
import { contextOfContact } from './contact-keys.ts';
import { contextOf, CURRENT_KNOWN_FOR_MS, type DataKeys } from './data-keys.ts';
import { SealError } from './errors.ts';
import type { SealingKey } from './sealed.ts';
import type { Vault } from './vault.ts';

export interface KekRotation {
	keyId: string;
	/** Data keys that are under the provider's current key now, and were not. */
	moved: number;
}

/** Wraps every data key, the index's master too, with the provider's current key. Safe to run twice, also at once. */
export async function rotateKek({ dataKeys: { pool, provider } }: Vault): Promise<KekRotation> {
	const keyId = await provider.currentKeyId();
	const { rows } = await pool.query<{ id: number; wrapped: Buffer; kek_id: string }>(
		'select id, wrapped, kek_id from data_keys where kek_id <> $1 order by id',
		[keyId]
	);
	let moved = 0;
	for (const row of rows) {
		const raw = await provider.unwrap(row.kek_id, row.wrapped, contextOf(row.id));
		const anew = await provider.wrap(raw, contextOf(row.id));
		raw.fill(0);
		const done = await pool.query(
			'update data_keys set wrapped = $3, kek_id = $4 where id = $1 and wrapped = $2',
			[row.id, row.wrapped, anew.wrapped, anew.keyId]
		);
		moved += done.rowCount ?? 0;
	}
	return { keyId, moved };
}

/** Whether any data key still needs this key of the provider. Backups from before its rotation always do. */
export async function isKekInUse({ dataKeys }: Vault, keyId: string): Promise<boolean> {
	const { rows } = await dataKeys.pool.query('select from data_keys where kek_id = $1 limit 1', [keyId]);
	return rows.length > 0;
}

/** Rows that are sealed by a data key itself, and therefore hold on to it. */
export interface WorkspaceRows {
	/** Seals some of what older keys sealed anew with `current`, and gives how many; 0 when none is left. */
	moveTo(current: SealingKey): Promise<number>;
	/** Whether any row is under this data key. */
	areUnder(dataKeyId: number): Promise<boolean>;
}

export interface DekProgress {
	/** The data key that everything moves to. */
	current: number;
	/** Keys and workspace rows moved by this call. */
	moved: number;
	/** Contact keys of this call that their data key does not open: they stay, and keep that data key from being retired. */
	unreadable: number;
	/** Where to go on: give it to the next call. Null when the walk is through. */
	after: number | null;
	/** Older data keys not yet retired. While there are some after the walk: begin it again from 0, later. */
	waiting: number[];
}

export interface DekOptions {
	/** What is sealed by data keys themselves. */
	workspaceRows?: readonly WorkspaceRows[];
	/** How long a key must have been current before older ones are retired, so that every process has heard of it. */
	settleMs?: number;
}

const BATCH = 1000;
const SETTLE_MS = 2 * CURRENT_KNOWN_FOR_MS;

/** Makes a new data key current and gives its id. Follow with `continueDekRotation` until nothing is waiting. */
export function beginDekRotation({ dataKeys }: Vault): Promise<number> {
	return dataKeys.add();
}

/**
 * Moves the next 1,000 contact keys after contact `after` to the current data key; at the end of the walk the workspace
 * rows, and then retires what is free. May stop between any two calls, be repeated, and run in two processes.
 */
export async function continueDekRotation(
	{ dataKeys }: Vault,
	after = 0,
	options: DekOptions = {}
): Promise<DekProgress> {
	const current = await dataKeys.refresh();
	const batch = await moveContactKeys(dataKeys, current, after);
	if (batch.last !== null)
		return {
			...batch.counts,
			current: current.id,
			after: batch.last,
			waiting: await listOlder(dataKeys, current)
		};
	const { workspaceRows = [], settleMs = SETTLE_MS } = options;
	for (const rows of workspaceRows) batch.counts.moved += await moveAll(rows, current);
	for (const id of await listOlder(dataKeys, current)) await retire(dataKeys, id, workspaceRows, settleMs);
	return { ...batch.counts, current: current.id, after: null, waiting: await listOlder(dataKeys, current) };
}

/** A whole rotation: a new data key, and one walk over all contact keys, told batch by batch. */
export async function rotateDek(
	vault: Vault,
	options: DekOptions & { onProgress?(progress: DekProgress): void } = {}
): Promise<DekProgress> {
	await beginDekRotation(vault);
	let moved = 0;
	let unreadable = 0;
	let after: number | null = 0;
	for (;;) {
		const step: DekProgress = await continueDekRotation(vault, after, options);
		moved += step.moved;
		unreadable += step.unreadable;
		after = step.after;
		const progress = { ...step, moved, unreadable };
		options.onProgress?.(progress);
		if (after === null) return progress;
	}
}

interface ContactKeyRow {
	contact_id: number;
	dek_id: number;
	wrapped: Buffer;
}

// Only what is still as it was read is replaced: a contact shredded meanwhile stays shredded.
const REPLACE = `
with dek as (select id from data_keys where id = $1 and retired_at is null for share)
update contact_keys k set dek_id = dek.id, wrapped = n.anew
from dek, unnest($2::bigint[], $3::bytea[], $4::bytea[]) as n (contact_id, was, anew)
where k.contact_id = n.contact_id and k.wrapped = n.was`;

async function moveContactKeys(dataKeys: DataKeys, current: SealingKey, after: number) {
	const { rows } = await dataKeys.pool.query<ContactKeyRow>(
		`select contact_id, dek_id, wrapped from contact_keys
		where dek_id <> $1 and contact_id > $2 order by contact_id limit ${BATCH}`,
		[current.id, after]
	);
	const ids: number[] = [];
	const was: Buffer[] = [];
	const anew: Buffer[] = [];
	for (const row of rows) {
		const wrapped = await wrapAnew(dataKeys, row, current);
		if (!wrapped) continue;
		ids.push(row.contact_id);
		was.push(row.wrapped);
		anew.push(wrapped);
	}
	const moved = await replace(dataKeys, [current.id, ids, was, anew]);
	const last = rows.length < BATCH ? null : (rows.at(-1)?.contact_id ?? null);
	return { last, counts: { moved, unreadable: rows.length - ids.length } };
}

async function wrapAnew(dataKeys: DataKeys, row: ContactKeyRow, current: SealingKey): Promise<Buffer | null> {
	const context = contextOfContact(row.contact_id);
	try {
		const raw = unwrapKey((await dataKeys.get(row.dek_id)).secret, context, row.wrapped);
		const wrapped = wrapKey(current.secret, context, raw);
		raw.fill(0);
		return wrapped;
	} catch (error) {
		if (error instanceof SealError) return null; // Counted, and left for a person: the rest must not wait for it.
		throw error;
	}
}

const LOCK_NOT_AVAILABLE = '55P03';

// Whoever waits for a lock longer than PostgreSQL's deadlock_timeout (1 s) may see somebody aborted; so we give way first.
async function replace({ pool }: DataKeys, values: unknown[]): Promise<number> {
	try {
		return await inTransaction(pool, async (tx) => {
			await tx.query(`set local lock_timeout = '300ms'`);
			return (await tx.query(REPLACE, values)).rowCount ?? 0;
		});
	} catch (error) {
		// Nothing moved; these are met again in the next walk.
		if ((error as { code?: unknown }).code === LOCK_NOT_AVAILABLE) return 0;
		throw error;
	}
}

async function moveAll(rows: WorkspaceRows, current: SealingKey): Promise<number> {
	let all = 0;
	for (let moved = -1; moved !== 0; all += moved) moved = await rows.moveTo(current);
	return all;
}

async function listOlder({ pool }: DataKeys, current: SealingKey): Promise<number[]> {
	const { rows } = await pool.query<{ id: number }>(
		`select id from data_keys where purpose = 'seal' and retired_at is null and id < $1 order by id`,
		[current.id]
	);
	return rows.map((row) => row.id);
}

// The row lock waits for whoever makes a key under it just now, and the look that follows sees those keys.
async function retire(
	{ pool }: DataKeys,
	id: number,
	workspaceRows: readonly WorkspaceRows[],
	settleMs: number
): Promise<void> {
	for (const rows of workspaceRows) if (await rows.areUnder(id)) return;
	await inTransaction(pool, async (tx) => {
		await tx.query('select from data_keys where id = $1 for update', [id]);
		if ((await isSettled(tx, settleMs)) && !(await isHeld(tx, id)))
			await tx.query('update data_keys set retired_at = now() where id = $1 and retired_at is null', [id]);
	});
}

async function isSettled(tx: Tx, settleMs: number): Promise<boolean> {
	const { rows } = await tx.query(
		`select from data_keys where purpose = 'seal'
		having max(created_at) <= now() - make_interval(secs => $1)`,
		[settleMs / 1000]
	);
	return rows.length > 0;
}

async function isHeld(tx: Tx, id: number): Promise<boolean> {
	const { rows } = await tx.query('select from contact_keys where dek_id = $1 limit 1', [id]);
	return rows.length > 0;
}
