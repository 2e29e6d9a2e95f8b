/**
 * Moves an attribute's values to where its tag says: readable beside the blob, or into it. In pages, each a transaction of its
 * own, so nobody waits long; what writes meanwhile already follows the new tag, so running it again moves only what is left.
 */
import type { Read } from '$lib/journey/index.ts';
import type { Store } from '../app.ts';
import { inTransaction, type Tx } from '../db/db.ts';
import type { Vault } from '../seal/vault.ts';
import {
	columnsOf,
	CONTACT_COLUMNS,
	openContact,
	sealContact,
	UPDATE_CONTACTS,
	type ContactRow
} from './contact-store.ts';
import { sealReads } from './payloads.ts';
import { loadPlainKeys } from './registry.ts';
import { unlessSealed } from './unless-sealed.ts';

const PAGE = 500;

/** Gives how many people's values were moved. Safe to run again, also at once. */
export async function retag(store: Store, key: string, page = PAGE): Promise<number> {
	const isPlain = (await loadPlainKeys(store.pool))(key);
	let moved = 0;
	for (let after: number | null = 0; after !== null;) {
		const from: number = after;
		const done = await inTransaction(store.pool, (tx) => movePage(tx, store.vault, key, from, page));
		moved += done.moved;
		after = done.last;
	}
	if (!isPlain) await coverReads(store, key, page);
	// Unless its tag was changed again meanwhile: then the walk of that change ends it.
	await store.pool.query(`update attributes set retagging = false where key = $1 and (tag = 'none') = $2`, [
		key,
		isPlain
	]);
	return moved;
}

/** Goes on with what was under way when Stepwell stopped. */
export async function resumeRetags(store: Store): Promise<void> {
	const { rows } = await store.pool.query<{ key: string }>(
		'select key from attributes where retagging order by key'
	);
	for (const { key } of rows) await retag(store, key);
}

async function movePage(
	tx: Tx,
	vault: Vault,
	key: string,
	after: number,
	limit: number
): Promise<{ moved: number; last: number | null }> {
	const isPlain = await loadPlainKeys(tx);
	// What leaves the plain column is found by SQL; what is in the blobs only by opening them.
	const { rows } = await tx.query<ContactRow>(
		`select ${CONTACT_COLUMNS} from contacts c
		where c.id > $1 and c.sealed is not null and ($3 or c.attributes ? $4) order by c.id limit $2 for update`,
		[after, limit, isPlain(key), key]
	);
	const keys = await vault.keysToOpen(rows.map((row) => row.contact_id));
	const moving = rows.flatMap((row) => {
		const contact = unlessSealed(() => openContact(keys, row));
		const isMisplaced =
			contact &&
			Object.hasOwn(contact.attributes, key) &&
			Object.hasOwn(row.attributes, key) !== isPlain(key);
		return isMisplaced ? [{ contact, key: keys.get(row.contact_id) }] : [];
	});
	if (moving.length > 0)
		await tx.query(UPDATE_CONTACTS, [
			moving.map(({ contact }) => contact.id),
			moving.map(({ contact }) => contact.timezone),
			...columnsOf(moving.map((each) => sealContact(vault, each.key, each.contact, isPlain))),
			null
		]);
	return { moved: moving.length, last: rows.length < limit ? null : (rows.at(-1)?.contact_id ?? null) };
}

interface PathRow {
	enrollment_id: number;
	seq: number;
	contact_id: number;
	/** As text: a Date would cut its microseconds off. */
	at: string;
	reads: (Read[] | null)[];
}

/** What decisions read of the attribute while it was tagged `none` stands readable in their paths; from now on it does not. */
async function coverReads(store: Store, key: string, limit: number): Promise<void> {
	for (let after: [number, number] | null = [-1, -1]; after !== null;) {
		const from: [number, number] = after;
		after = await inTransaction(store.pool, (tx) =>
			coverPage(tx, store.vault, `attribute:${key}`, from, limit)
		);
	}
}

async function coverPage(
	tx: Tx,
	vault: Vault,
	what: string,
	after: [enrollmentId: number, seq: number],
	limit: number
): Promise<[number, number] | null> {
	const { rows } = await tx.query<PathRow>(
		`select enrollment_id, seq, contact_id, at::text, reads from step_paths
		where (enrollment_id, seq) > ($1, $2) and reads is not null
			and jsonb_path_exists(reads, '$[*][*] ? (@.what == $what)', jsonb_build_object('what', $3::text))
		order by enrollment_id, seq limit $4 for update`,
		[...after, what, limit]
	);
	const keys = await vault.keysToSeal(rows.map((row) => row.contact_id));
	const covered = rows.flatMap((row) => {
		const key = keys.find(row.contact_id);
		const reads = row.reads.map(
			(visit) => visit?.map((read) => (read.what === what ? { ...read, phi: true } : read)) ?? null
		);
		return [{ row, sealed: key ? sealReads(key, row.enrollment_id, row.seq, reads) : null }];
	});
	await tx.query(
		`update step_paths p set reads = null, reads_sealed = n.sealed
		from unnest($1::bigint[], $2::int[], $3::timestamptz[], $4::bytea[]) as n (enrollment_id, seq, at, sealed)
		where p.enrollment_id = n.enrollment_id and p.seq = n.seq and p.at = n.at`,
		[
			covered.map(({ row }) => row.enrollment_id),
			covered.map(({ row }) => row.seq),
			covered.map(({ row }) => row.at),
			covered.map(({ sealed }) => sealed)
		]
	);
	const last = rows.at(-1);
	return last && rows.length === limit ? [last.enrollment_id, last.seq] : null;
}
