/**
 * Everybody, page by page and opened: for what asks sealed attributes of all people, such as planning entries by date. In
 * SQL only what is tagged `none` can be asked (docs/decisions/0011).
 */
import type { Store } from '../app.ts';
import { CONTACT_COLUMNS, openContact, type Contact, type ContactRow } from './contact-store.ts';
import { unlessSealed } from './unless-sealed.ts';

// 2,000 blobs are opened in about 40 ms, so that the event loop is not held for longer.
const PAGE = 2000;

/**
 * Pages of contacts in the order of their ids. One that can't be opened (shredded, or changed by hand) is left out. Each page
 * is a statement of its own: who is added meanwhile comes last, and nothing is locked.
 */
export async function* contactPages({ pool, vault }: Store, size = PAGE): AsyncGenerator<Contact[]> {
	for (let after = 0; ;) {
		const { rows } = await pool.query<ContactRow>(
			`select ${CONTACT_COLUMNS} from contacts c where c.id > $1 order by c.id limit $2`,
			[after, size]
		);
		const last = rows.at(-1);
		if (!last) return;
		const keys = await vault.keysToOpen(rows.map((row) => row.contact_id));
		yield rows.flatMap((row) => unlessSealed(() => openContact(keys, row)) ?? []);
		after = last.contact_id;
	}
}
