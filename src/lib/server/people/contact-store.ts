/**
 * How a contact stands in its row: who it is and what is tagged as anything but `none` in one sealed blob, plain attributes
 * beside it, keyed marks to look it up by. This is the one place that knows; what people are shown goes through `sight.ts`.
 */
import type { ContactFact } from '$lib/journey/index.ts';
import type { KeyBatch } from '../seal/contact-keys.ts';
import { openJson, placesIn, sealJson, type SealingKey } from '../seal/sealed.ts';
import type { Vault } from '../seal/vault.ts';
import { marksOf } from './marks.ts';

export interface Contact {
	/** Stepwell's own number. */
	id: number;
	/** The id in the clinic's own system. */
	publicId: string;
	name: string | null;
	email: string | null;
	phone: string | null;
	timezone: string | null;
	/** All of them, plain and sealed. */
	attributes: Record<string, unknown>;
	/** Ms since 1970. */
	createdAt: number;
}

/** The columns that `openContact` needs, of the table or alias `c`. */
export const CONTACT_COLUMNS = `c.id as contact_id, c.timezone, c.attributes, c.sealed,
	(extract(epoch from c.created_at) * 1000)::float8 as created_at`;

export interface ContactRow {
	contact_id: number;
	timezone: string | null;
	attributes: Record<string, unknown>;
	sealed: Buffer;
	/** Ms since 1970. */
	created_at: number;
}

/** What is in the blob. */
interface Inner {
	id: string;
	name: string | null;
	email: string | null;
	phone: string | null;
	attributes: Record<string, unknown>;
}

const blobs = placesIn('contacts', 'sealed');

/** One contact out of its row. Throws a SealError when it was shredded or tampered with. */
export function openContact(keys: KeyBatch, row: ContactRow): Contact {
	const id = row.contact_id;
	const inner = openJson(keys.get(id), blobs(id), row.sealed) as Inner;
	return {
		id,
		publicId: inner.id,
		name: inner.name,
		email: inner.email,
		phone: inner.phone,
		timezone: row.timezone,
		// What was sealed wins: a plain copy can be left for a moment while an attribute is tagged anew.
		attributes: { ...row.attributes, ...inner.attributes },
		createdAt: row.created_at
	};
}

/** Contacts out of their rows, by id. */
export async function openContacts(vault: Vault, rows: readonly ContactRow[]): Promise<Map<number, Contact>> {
	const keys = await vault.keysToOpen(rows.map((row) => row.contact_id));
	return new Map(rows.map((row) => [row.contact_id, openContact(keys, row)]));
}

/** A contact as decisions see it. */
export function factOf({ publicId, email, phone, timezone, attributes, createdAt }: Contact): ContactFact {
	return { id: publicId, email, phone, timezone, attributes, createdAt };
}

/** A row's columns for a contact. */
export interface SealedContact {
	publicIdMark: Buffer;
	emailMark: Buffer | null;
	phoneMark: Buffer | null;
	nameTokens: Buffer[];
	/** The plain attributes. */
	plain: Record<string, unknown>;
	sealed: Buffer;
}

/** Seals a contact; `isPlain` says of an attribute's key whether it may be read by anybody (tag `none`). */
export function sealContact(
	vault: Vault,
	key: SealingKey,
	contact: Omit<Contact, 'timezone' | 'createdAt'>,
	isPlain: (key: string) => boolean
): SealedContact {
	const { id, publicId, name, email, phone } = contact;
	const [plain, attributes] = divide(contact.attributes, isPlain);
	const marks = marksOf(vault);
	const inner: Inner = { id: publicId, name, email, phone, attributes };
	return {
		publicIdMark: markOfId(vault, publicId),
		emailMark: email === null ? null : marks.email.markOf(email),
		phoneMark: phone === null ? null : marks.phone.markOf(phone),
		nameTokens: name === null ? [] : marks.name.tokensOf(name),
		plain,
		sealed: sealJson(key, blobs(id), inner)
	};
}

/** Writes sealed contacts over their rows: $1 ids, $2 time zones, $3 to $8 `columnsOf`, $9 the instant of the change. */
export const UPDATE_CONTACTS = `
update contacts c set timezone = n.timezone, public_id_mark = n.public_id_mark, email_mark = n.email_mark, phone_mark = n.phone_mark,
	name_tokens = n.name_tokens::bytea[], attributes = n.attributes, sealed = n.sealed, updated_at = coalesce($9, c.updated_at)
from unnest($1::bigint[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[], $6::text[], $7::jsonb[], $8::bytea[])
	as n (id, timezone, public_id_mark, email_mark, phone_mark, name_tokens, attributes, sealed)
where c.id = n.id`;

/** The columns of sealed contacts, each over all rows. */
export function columnsOf(rows: readonly SealedContact[]): unknown[][] {
	return [
		rows.map((row) => row.publicIdMark),
		rows.map((row) => row.emailMark),
		rows.map((row) => row.phoneMark),
		rows.map((row) => asArray(row.nameTokens)),
		rows.map((row) => JSON.stringify(row.plain)),
		rows.map((row) => row.sealed)
	];
}

// Lists of different lengths can't be columns of one array: each travels as the text of its own.
function asArray(tokens: readonly Buffer[]): string {
	return `{${tokens.map((token) => `"\\\\x${token.toString('hex')}"`).join(',')}}`;
}

/** The mark of a public id. */
export function markOfId(vault: Vault, publicId: string): Buffer {
	const mark = marksOf(vault).publicId.markOf(publicId);
	if (!mark) throw new Error('A contact has an id that is empty.');
	return mark;
}

function divide(
	attributes: Record<string, unknown>,
	isPlain: (key: string) => boolean
): [plain: Record<string, unknown>, sealed: Record<string, unknown>] {
	const plain: Record<string, unknown> = {};
	const sealed: Record<string, unknown> = {};
	for (const [key, value] of Object.entries(attributes)) (isPlain(key) ? plain : sealed)[key] = value;
	return [plain, sealed];
}
