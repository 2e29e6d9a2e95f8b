/** One person out of the store, covered. */
import type { Store } from '../app.ts';
import { ApiError } from '../api/errors.ts';
import type { Db } from '../db/db.ts';
import { isSealError } from '../seal/errors.ts';
import { CONTACT_COLUMNS, openContacts, type Contact, type ContactRow } from './contact-store.ts';
import { Covered } from './covered.ts';

export interface Person {
	/** Stepwell's own number. */
	id: number;
	/** Zone to show times in: the person's, else the workspace's. */
	zone: string;
	/** The person's own. */
	timezone: string | null;
	addedAt: Date;
	/** Grows with each change. */
	revision: number;
	/** Names of the attributes they have. */
	keys: string[];
	facts: Covered<Contact>;
}

/** The db that reads, and the vault that opens. */
export interface Reader {
	pool: Db;
	vault: Store['vault'];
}

/**
 * `lock` holds the row as the runtime does. Throws ApiError `not-found`, or `person.unreadable` where what is kept was changed by hand.
 */
export async function getPerson({ pool, vault }: Reader, id: number, lock = false): Promise<Person> {
	const { rows } = await pool.query<ContactRow & { zone: string; revision: number }>(
		`select ${CONTACT_COLUMNS}, (extract(epoch from c.updated_at) * 1000000)::bigint as revision,
			coalesce(c.timezone, (select value ->> 'timezone' from settings where key = 'workspace'), 'UTC') as zone
		from contacts c where c.id = $1 ${lock ? 'for no key update of c' : ''}`,
		[id]
	);
	const [row] = rows;
	if (!row) throw new ApiError('not-found', 'There is no such person.');
	const contact = await openOne(vault, row);
	return {
		id,
		zone: row.zone,
		timezone: row.timezone,
		addedAt: new Date(contact.createdAt),
		revision: row.revision,
		keys: Object.keys(contact.attributes),
		facts: new Covered(contact)
	};
}

async function openOne(vault: Store['vault'], row: ContactRow): Promise<Contact> {
	try {
		const contact = (await openContacts(vault, [row])).get(row.contact_id);
		if (contact) return contact;
	} catch (error) {
		if (!isSealError(error)) throw error;
	}
	throw new ApiError(
		'person.unreadable',
		'What is kept about this person can’t be opened: it was changed, or its key is gone. Nothing is sent to them.'
	);
}
