/** Makes contacts, or merges what came about them. */
import { isDeepStrictEqual } from 'node:util';
import { replanContacts } from '$lib/runtime/door.ts';
import type { Tx } from '../db/db.ts';
import { inferType, labelOf } from './attribute-type.ts';

export interface ConsentPatch {
	kind: 'marketing' | 'email' | 'text';
	topic?: string | null;
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
	id: number;
	public_id: string;
	timezone: string | null;
	attributes: Record<string, unknown>;
}

/**
 * Writes `patches` in order and gives the inner ids, one for each patch. Attributes seen for the first time are registered
 * as health information, until somebody says that one is not. `now` in ms. Types are the caller's to check.
 */
export async function upsertContacts(
	tx: Tx,
	patches: readonly ContactPatch[],
	now: number
): Promise<number[]> {
	if (patches.length === 0) return [];
	const merged = mergeById(patches);
	await registerAttributes(tx, merged);
	await createMissing(tx, merged, now);
	const before = await lock(tx, merged);
	const changed = await update(tx, merged, now);
	await addConsents(tx, merged, before);
	const moved = changed.filter((row) => mayMovePlans(before.get(row.public_id), row)).map((row) => row.id);
	if (moved.length > 0) await replanContacts(tx, moved);
	return patches.map((patch) => stored(before, patch.id).id);
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

async function createMissing(tx: Tx, patches: ContactPatch[], now: number): Promise<void> {
	await tx.query(
		`insert into contacts (public_id, created_at, updated_at)
		select i.id, $2, $2 from unnest($1::text[]) as i (id)
		where not exists (select from contacts c where c.public_id = i.id)
		on conflict do nothing`,
		[patches.map((patch) => patch.id), new Date(now)]
	);
}

async function lock(tx: Tx, patches: ContactPatch[]): Promise<Map<string, Stored>> {
	const { rows } = await tx.query<Stored>(
		`select id, public_id, timezone, attributes from contacts
		where public_id = any($1::text[]) order by public_id for update`,
		[patches.map((patch) => patch.id)]
	);
	return new Map(rows.map((row) => [row.public_id, row]));
}

// Integrators send the whole contact with every event: what changes nothing must not write anything.
const UPDATE = `
update contacts c set
	name = n.name, email = n.email, phone = n.phone, timezone = n.timezone, attributes = n.attributes, updated_at = $3
from (
	select o.id,
		case when f ? 'name' then f->>'name' else o.name end as name,
		case when f ? 'email' then f->>'email' else o.email end as email,
		case when f ? 'phone' then f->>'phone' else o.phone end as phone,
		case when f ? 'timezone' then f->>'timezone' else o.timezone end as timezone,
		case when f ? 'attributes' then jsonb_strip_nulls(o.attributes || (f->'attributes')) else o.attributes end as attributes
	from unnest($1::text[], $2::text[]) as i (id, patch)
	cross join lateral (select i.patch::jsonb as f) parsed
	join contacts o on o.public_id = i.id
) n
where c.id = n.id
	and (c.name, c.email, c.phone, c.timezone, c.attributes)
		is distinct from (n.name, n.email, n.phone, n.timezone, n.attributes)
returning c.id, c.public_id, c.timezone, c.attributes`;

async function update(tx: Tx, patches: ContactPatch[], now: number): Promise<Stored[]> {
	const { rows } = await tx.query<Stored>(UPDATE, [
		patches.map((patch) => patch.id),
		patches.map((patch) => JSON.stringify({ ...patch, consents: undefined })),
		new Date(now)
	]);
	return rows;
}

/** Entries by date hang on attributes and the zone; a new name or address moves none. */
function mayMovePlans(before: Stored | undefined, after: Stored): boolean {
	return before?.timezone !== after.timezone || !isDeepStrictEqual(before.attributes, after.attributes);
}

/** Consents are kept as they were given; the same one told again is not a second one. */
async function addConsents(tx: Tx, patches: ContactPatch[], storedById: Map<string, Stored>): Promise<void> {
	const rows = patches.flatMap((patch) =>
		(patch.consents ?? []).map((consent) => ({ contact: stored(storedById, patch.id).id, ...consent }))
	);
	if (rows.length === 0) return;
	await tx.query(
		`insert into consents (contact_id, kind, topic, granted_at, expires_at, revoked_at, source)
		select i.contact, i.kind, i.topic, i.granted_at, i.expires_at, i.revoked_at, 'import'
		from unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[])
			as i (contact, kind, topic, granted_at, expires_at, revoked_at)
		where not exists (
			select from consents c where c.contact_id = i.contact and c.kind = i.kind
				and c.topic is not distinct from i.topic and c.granted_at = i.granted_at
				and c.expires_at is not distinct from i.expires_at and c.revoked_at is not distinct from i.revoked_at
		)`,
		[
			rows.map((row) => row.contact),
			rows.map((row) => row.kind),
			rows.map((row) => row.topic ?? null),
			rows.map((row) => new Date(row.grantedAt)),
			rows.map((row) => dateOrNull(row.expiresAt)),
			rows.map((row) => dateOrNull(row.revokedAt))
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
