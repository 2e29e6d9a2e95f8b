/** Who has an attribute, and with what kind of value: it is sealed, so people are opened and looked through. */
import type { AttributeType } from '$lib/journey/index.ts';
import type { Store } from '../app.ts';
import { hasType } from '../ingest/attribute-type.ts';
import { contactPages } from './contact-pages.ts';
import { CONTACT_COLUMNS, openContact, type ContactRow } from './contact-store.ts';
import { unlessSealed } from './unless-sealed.ts';

// Opened in half a second: what a page can wait for.
const LOOKED_AT = 20_000;
const PAGE = 2000;

export interface Holders {
	/** How many people were looked at: all, or those that came last. */
	lookedAt: number;
	isAll: boolean;
	/** How many of them have it, by key. */
	countByKey: Record<string, number>;
}

/** How many people have each of these attributes, among those that came last. */
export async function countHolders(
	{ pool, vault }: Store,
	keys: readonly string[],
	limit = LOOKED_AT
): Promise<Holders> {
	const countByKey: Record<string, number> = Object.fromEntries(keys.map((key) => [key, 0]));
	let lookedAt = 0;
	let before: number | null = null;
	for (; lookedAt < limit;) {
		const { rows }: { rows: ContactRow[] } = await pool.query<ContactRow>(
			`select ${CONTACT_COLUMNS} from contacts c where c.sealed is not null and ($1::bigint is null or c.id < $1)
			order by c.id desc limit $2`,
			[before, Math.min(PAGE, limit - lookedAt)]
		);
		if (rows.length === 0) return { lookedAt, isAll: true, countByKey };
		const contactKeys = await vault.keysToOpen(rows.map((row) => row.contact_id));
		for (const row of rows) {
			const contact = unlessSealed(() => openContact(contactKeys, row));
			for (const key of keys)
				if (contact && Object.hasOwn(contact.attributes, key)) countByKey[key] = (countByKey[key] ?? 0) + 1;
		}
		lookedAt += rows.length;
		before = rows.at(-1)?.contact_id ?? null;
	}
	const { rowCount } = await pool.query('select from contacts where id < $1 limit 1', [before]);
	return { lookedAt, isAll: rowCount === 0, countByKey };
}

/** How many people have a value that an attribute of `type` can't hold, of how many that have one. Looks through everybody. */
export async function countMisfits(
	store: Store,
	key: string,
	type: AttributeType
): Promise<{ misfits: number; holders: number }> {
	let misfits = 0;
	let holders = 0;
	for await (const people of contactPages(store))
		for (const { attributes } of people) {
			if (!Object.hasOwn(attributes, key)) continue;
			holders += 1;
			if (!hasType(attributes[key], type)) misfits += 1;
		}
	return { misfits, holders };
}
