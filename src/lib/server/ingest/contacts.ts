/** Makes contacts, or merges what came about them. */
import { isDeepStrictEqual } from 'node:util';
import { replanContacts } from '$lib/runtime/door.ts';
import type { Tx } from '../db/db.ts';
import {
	columnsOf,
	CONTACT_COLUMNS,
	markOfId,
	openContact,
	sealContact,
	UPDATE_CONTACTS,
	type Contact,
	type ContactRow
} from '../people/contact-store.ts';
import { loadPlainKeys } from '../people/registry.ts';
import type { SealingKey } from '../seal/sealed.ts';
import type { Vault } from '../seal/vault.ts';
import { inferType, labelOf } from './attribute-type.ts';

export interface ConsentPatch {
	kind: 'marketing' | 'email' | 'text';
	topic?: string | null;
	/** Whose sponsored messages it covers; none covers no sponsor. */
	sponsor?: string | null;
	/** Instants in ms. */
	grantedAt: number;
	expiresAt?: number | null;
	revokedAt?: number | null;
}

/** What came about one contact. A field left out stays as it is; null empties it. */
export interface ContactPatch {
	/** The id that the clinic's own system uses (`public_id`). */
	id: string;
	name?: string | null;
	email?: string | null;
	phone?: string | null;
	timezone?: string | null;
	/** Merged one by one; a null removes that attribute. */
	attributes?: Record<string, unknown>;
	consents?: ConsentPatch[];
}

interface Stored {
	contact: Contact;
	/** As it was before; null for one that is new. */
	before: Contact | null;
	key: SealingKey;
}

/**
 * Writes `patches` in order and gives the inner ids, one for each patch. An attribute seen for the first time counts as
 * health information, and is kept in quarantine until somebody defines it. `now` in ms. Types are the caller's to check.
 */
export async function upsertContacts(
	tx: Tx,
	vault: Vault,
	patches: readonly ContactPatch[],
	now: number
): Promise<number[]> {
	return (await writeContacts(tx, vault, patches, now)).ids;
}

/** What was written about one contact: its inner id, and the names of what is different now. */
export interface ContactChange {
	id: number;
	fields: string[];
}

/** As `upsertContacts`; `changes` are those that were made or are different now, for the audit log. */
export async function writeContacts(
	tx: Tx,
	vault: Vault,
	patches: readonly ContactPatch[],
	now: number
): Promise<{ ids: number[]; changes: ContactChange[] }> {
	if (patches.length === 0) return { ids: [], changes: [] };
	const merged = mergeById(patches);
	await registerAttributes(tx, merged);
	await createMissing(tx, vault, merged, now);
	const storedById = await lock(tx, vault, merged);
	for (const patch of merged) apply(patch, stored(storedById, patch.id));
	const changed = [...storedById.values()].filter(hasChanged);
	await update(tx, vault, changed, now);
	await addConsents(tx, merged, storedById);
	const consented = new Set(merged.flatMap(({ id, consents = [] }) => (consents.length ? [id] : [])));
	const moved = [...storedById.values()].filter(
		(each) => consented.has(each.contact.publicId) || (hasChanged(each) && mayMovePlans(each))
	);
	await replanContacts(
		tx,
		moved.map(({ contact }) => contact.id),
		consented.size ? null : changedKeys(moved)
	);
	return {
		ids: patches.map((patch) => stored(storedById, patch.id).contact.id),
		changes: changed.map(changeOf)
	};
}

function changeOf({ contact, before }: Stored): ContactChange {
	const was = flat(before);
	const is = flat(contact);
	const names = new Set([...Object.keys(was), ...Object.keys(is)]);
	return {
		id: contact.id,
		fields: [...names].filter((name) => !isDeepStrictEqual(was[name] ?? null, is[name] ?? null)).sort()
	};
}

function flat(contact: Contact | null): Record<string, unknown> {
	if (!contact) return {};
	const { id: _, createdAt: __, attributes, ...fields } = contact;
	return { ...attributes, ...fields };
}

/** One statement can't touch a row twice, so what names a contact twice is joined first; the later wins. */
function mergeById(patches: readonly ContactPatch[]): ContactPatch[] {
	const byId = new Map<string, ContactPatch>();
	for (const patch of patches) {
		const earlier = byId.get(patch.id);
		byId.set(patch.id, {
			...earlier,
			...patch,
			...((earlier?.attributes ?? patch.attributes) && {
				attributes: { ...earlier?.attributes, ...patch.attributes }
			}),
			consents: [...(earlier?.consents ?? []), ...(patch.consents ?? [])]
		});
	}
	// In one order everywhere, so that two writers of the same contacts wait for each other instead of dead-locking.
	return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function registerAttributes(tx: Tx, patches: ContactPatch[]): Promise<void> {
	const typeByKey = new Map<string, string>();
	for (const { attributes = {} } of patches)
		for (const [key, value] of Object.entries(attributes)) {
			const type = inferType(value);
			if (type && !typeByKey.has(key)) typeByKey.set(key, type);
		}
	if (typeByKey.size === 0) return;
	const keys = [...typeByKey.keys()].sort();
	await tx.query(
		`insert into attributes (key, label, type)
		select i.key, i.label, i.type from unnest($1::text[], $2::text[], $3::text[]) as i (key, label, type)
		where not exists (select from attributes a where a.key = i.key)
		order by i.key on conflict do nothing`,
		[keys, keys.map(labelOf), keys.map((key) => typeByKey.get(key))]
	);
}

async function createMissing(tx: Tx, vault: Vault, patches: ContactPatch[], now: number): Promise<void> {
	await tx.query(
		`insert into contacts (public_id_mark, created_at, updated_at)
		select i.mark, $2, $2 from unnest($1::bytea[]) as i (mark)
		where not exists (select from contacts c where c.public_id_mark = i.mark)
		on conflict do nothing`,
		[patches.map((patch) => markOfId(vault, patch.id)), new Date(now)]
	);
}

interface LockedRow extends Omit<ContactRow, 'sealed'> {
	public_id_mark: Buffer;
	sealed: Buffer | null;
}

// In the order of ids, as everybody locks people.
async function lock(tx: Tx, vault: Vault, patches: ContactPatch[]): Promise<Map<string, Stored>> {
	const idByMark = new Map(patches.map(({ id }) => [markOfId(vault, id).toString('hex'), id]));
	const { rows } = await tx.query<LockedRow>(
		`select ${CONTACT_COLUMNS}, c.public_id_mark from contacts c
		where c.public_id_mark = any($1::bytea[]) order by c.id for update`,
		[patches.map((patch) => markOfId(vault, patch.id))]
	);
	const keys = await vault.keysToSeal(rows.map((row) => row.contact_id));
	return new Map(
		rows.map((row) => {
			const publicId = idByMark.get(row.public_id_mark.toString('hex')) ?? '';
			const { sealed } = row;
			const before = sealed ? openContact(keys, { ...row, sealed }) : null;
			return [publicId, { before, contact: before ?? blank(row, publicId), key: keys.get(row.contact_id) }];
		})
	);
}

function blank(row: LockedRow, publicId: string): Contact {
	return {
		id: row.contact_id,
		publicId,
		name: null,
		email: null,
		phone: null,
		timezone: null,
		attributes: {},
		createdAt: row.created_at
	};
}

function apply(patch: ContactPatch, stored: Stored): void {
	const { id: _, attributes, consents: __, ...fields } = patch;
	const told = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
	stored.contact = {
		...stored.contact,
		...told,
		attributes: withoutNulls({ ...stored.contact.attributes, ...attributes })
	};
}

function withoutNulls(attributes: Record<string, unknown>): Record<string, unknown> {
	return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
}

// Integrators send the whole contact with every event: what changes nothing must not write anything.
function hasChanged({ contact, before }: Stored): boolean {
	return !isDeepStrictEqual(contact, before);
}

async function update(tx: Tx, vault: Vault, changed: readonly Stored[], now: number): Promise<void> {
	if (changed.length === 0) return;
	const isPlain = await loadPlainKeys(tx);
	const rows = changed.map(({ contact, key }) => sealContact(vault, key, contact, isPlain));
	await tx.query(UPDATE_CONTACTS, [
		changed.map(({ contact }) => contact.id),
		changed.map(({ contact }) => contact.timezone),
		...columnsOf(rows),
		new Date(now)
	]);
}

/** Entries by date hang on attributes and the zone; a new name or address moves none. */
function mayMovePlans({ contact, before }: Stored): boolean {
	return before?.timezone !== contact.timezone || !isDeepStrictEqual(before.attributes, contact.attributes);
}

/** The attributes that are different now; null where somebody is new, or more than attributes changed. */
function changedKeys(moved: readonly Stored[]): string[] | null {
	const keys = new Set<string>();
	for (const { contact, before } of moved) {
		if (!before || before.timezone !== contact.timezone) return null;
		for (const key of new Set([...Object.keys(before.attributes), ...Object.keys(contact.attributes)]))
			if (!isDeepStrictEqual(before.attributes[key], contact.attributes[key])) keys.add(key);
	}
	return [...keys].sort();
}

/** Consents are kept as they were given; the same one told again is not a second one. */
async function addConsents(tx: Tx, patches: ContactPatch[], storedById: Map<string, Stored>): Promise<void> {
	const rows = patches.flatMap((patch) =>
		(patch.consents ?? []).map((consent) => ({
			contact: stored(storedById, patch.id).contact.id,
			...consent
		}))
	);
	if (rows.length === 0) return;
	await tx.query(
		`insert into consents (contact_id, kind, topic, granted_at, expires_at, revoked_at, sponsor, source)
		select i.contact, i.kind, i.topic, i.granted_at, i.expires_at, i.revoked_at, i.sponsor, 'import'
		from unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::text[])
			as i (contact, kind, topic, granted_at, expires_at, revoked_at, sponsor)
		where not exists (
			select from consents c where c.contact_id = i.contact and c.kind = i.kind
				and c.topic is not distinct from i.topic and c.sponsor is not distinct from i.sponsor and c.granted_at = i.granted_at
				and c.expires_at is not distinct from i.expires_at and c.revoked_at is not distinct from i.revoked_at
		)`,
		[
			rows.map((row) => row.contact),
			rows.map((row) => row.kind),
			rows.map((row) => row.topic ?? null),
			rows.map((row) => new Date(row.grantedAt)),
			rows.map((row) => dateOrNull(row.expiresAt)),
			rows.map((row) => dateOrNull(row.revokedAt)),
			rows.map((row) => row.sponsor ?? null)
		]
	);
}

function dateOrNull(at: number | null | undefined): Date | null {
	return at === null || at === undefined ? null : new Date(at);
}

function stored(storedById: Map<string, Stored>, id: string): Stored {
	const row = storedById.get(id);
	if (!row) throw new Error('A contact vanished between its creation and its lock.');
	return row;
}
