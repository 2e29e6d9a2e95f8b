/** What tests look up about people, whose rows are sealed. */
import { openHeads, type CaughtColumns, type MailHead } from '../../src/lib/server/people/caught.ts';
import {
	CONTACT_COLUMNS,
	markOfId,
	openContacts,
	type Contact,
	type ContactRow
} from '../../src/lib/server/people/contact-store.ts';
import { marksOf } from '../../src/lib/server/people/marks.ts';
import { openProperties, openTrigger } from '../../src/lib/server/people/payloads.ts';
import { inTransaction } from '../../src/lib/server/db/db.ts';
import { upsertContacts, type ContactPatch } from '../../src/lib/server/ingest/contacts.ts';
import type { TestDatabase } from './database.ts';

type Store = Pick<TestDatabase, 'pool' | 'vault'>;

/** The contact of the clinic's id, with its row's `xmin`, which changes with each write. */
export async function findContact(
	{ pool, vault }: Store,
	publicId: string
): Promise<(Contact & { xmin: string }) | undefined> {
	const { rows } = await pool.query<ContactRow & { xmin: string }>(
		`select ${CONTACT_COLUMNS}, c.xmin::text from contacts c where c.public_id_mark = $1`,
		[markOfId(vault, publicId)]
	);
	const row = rows[0];
	const contact = row && (await openContacts(vault, [row])).get(row.contact_id);
	return contact && { ...contact, xmin: row.xmin };
}

/** All contacts, in the order of their ids. */
export async function allContacts({ pool, vault }: Store): Promise<Contact[]> {
	const { rows } = await pool.query<ContactRow>(`select ${CONTACT_COLUMNS} from contacts c order by c.id`);
	return [...(await openContacts(vault, rows)).values()];
}

/** Makes one contact and gives its inner id. */
export async function addContact({ pool, vault }: Store, patch: ContactPatch): Promise<number> {
	const [id = 0] = await inTransaction(pool, (tx) => upsertContacts(tx, vault, [patch], Date.now()));
	return id;
}

export interface OpenEvent {
	id: number;
	/** Inner id. */
	contactId: number;
	name: string;
	source: string;
	occurredAt: Date;
	properties: Record<string, unknown>;
}

/** All events, in the order of arrival. */
export async function allEvents({ pool, vault }: Store): Promise<OpenEvent[]> {
	const { rows } = await pool.query<{
		id: number;
		contact_id: number;
		name: string;
		source: string;
		occurred_at: Date;
		properties: Record<string, unknown>;
		sealed: Buffer | null;
	}>('select id, contact_id, name, source, occurred_at, properties, sealed from events order by id');
	const keys = await vault.keysToOpen(rows.map((row) => row.contact_id));
	return rows.map((row) => ({
		id: row.id,
		contactId: row.contact_id,
		name: row.name,
		source: row.source,
		occurredAt: row.occurred_at,
		properties: openProperties(keys, row)
	}));
}

/** What the enrollments of a journey or a contact entered with, in the order in which they did. */
export async function triggersOf(
	{ pool, vault }: Store,
	of: { journeyId: number } | { contactId: number }
): Promise<Record<string, unknown>[]> {
	const { rows } = await pool.query<Parameters<typeof openTrigger>[1]>(
		`select id, contact_id, trigger, trigger_sealed from enrollments
		where ($1::int is null or journey_id = $1) and ($2::bigint is null or contact_id = $2) order by id`,
		['journeyId' in of ? of.journeyId : null, 'contactId' in of ? of.contactId : null]
	);
	const keys = await vault.keysToOpen(rows.map((row) => row.contact_id));
	return rows.map((row) => openTrigger(keys, row));
}

/** The heads of all caught mails, in the order in which they came. */
export async function caughtHeads({
	pool,
	vault
}: Store): Promise<(MailHead & { message_id: number | null; caught_at: Date })[]> {
	const { rows } = await pool.query<CaughtColumns & { message_id: number | null; caught_at: Date }>(
		'select id, contact_id, head, message_id, caught_at from caught_mails order by id'
	);
	const heads = await openHeads(vault, rows);
	return rows.map(({ message_id, caught_at }, at) => ({
		from: '',
		to: [],
		subject: '',
		...heads[at],
		message_id,
		caught_at
	}));
}

/** The mark of an address, as contacts and suppressions have it. */
export function emailMark({ vault }: Pick<Store, 'vault'>, email: string): Buffer | null {
	return marksOf(vault).email.markOf(email);
}
