/** Finds people by their marks, and gives them as an actor may see them. */
import type { Store } from '../app.ts';
import type { Db } from '../db/db.ts';
import { LONGEST_PREFIX, nameMatches, wordsOf } from '../seal/name-words.ts';
import type { Vault } from '../seal/vault.ts';
import { CONTACT_COLUMNS, markOfId, openContact, type Contact, type ContactRow } from './contact-store.ts';
import { Covered } from './covered.ts';
import { marksOf } from './marks.ts';
import type { Identity, Sight } from './sight.ts';
import { unlessSealed } from './unless-sealed.ts';

export interface PersonLine {
	/** Stepwell's own number; addresses of pages carry it, since the clinic's id may be a record number. */
	id: number;
	/** Null where what is kept can't be opened: it was changed by hand. */
	identity: Identity | null;
	addedAt: Date;
	/** Journeys that they are in now. */
	inside: number;
}

export interface People {
	rows: PersonLine[];
	/** How many there are in all that fit the search. */
	total: number;
	/** Give it back for the next page; null on the last. */
	next: number | null;
	/** The workspace's zone. */
	zone: string;
}

const PAGE = 50;
// The index tells names apart by six letters of their last word. So many are opened to tell them apart by more; 1,000 take 20 ms.
const OPENED_AT_ONCE = 1000;

// The keys lead from a contact to its enrollments; the table itself has no index by contact, which the runtime would pay for.
const INSIDE = `(
	select count(*) from enrollments e
	where e.id in (select k.enrollment_id from enrollment_keys k where k.contact_id = c.id) and e.state in ('active', 'waiting')
)::int`;
// $1 to $4: the marks of what was typed, each null where it is no such thing; $5 for no search at all.
const IS_IT = '(c.public_id_mark = $1 or c.email_mark = $2 or c.phone_mark = $3)';
const FITS = `($5 or coalesce(${IS_IT}, false) or c.name_tokens @> $4)`;

/**
 * One page of people, the newest first. `search` is a whole id, email or phone, or the beginnings of a name's words. Whoever
 * does not see names can't ask for one either, since a search that answers is an answer: it finds nobody.
 */
export async function findPeople(
	store: Store,
	sight: Sight,
	search: string,
	after: number | null = null
): Promise<People> {
	const zone = await loadZone(store.pool);
	const words = search.trim();
	if (words !== '' && !sight.identifies) return { rows: [], total: 0, next: null, zone };
	const asked = { words, marks: marksFor(store.vault, words), after };
	const { found, next, total } = isLongName(words)
		? await findByLongName(store, asked)
		: await findByMarks(store, asked);
	return {
		rows: found.map(({ row, contact }) => ({
			id: row.contact_id,
			identity: contact && sight.identity(new Covered(contact)),
			addedAt: new Date(row.created_at),
			inside: row.inside
		})),
		total,
		next,
		zone
	};
}

type Marks = [Buffer | null, Buffer | null, Buffer | null, Buffer[] | null, boolean];

interface Search {
	words: string;
	marks: Marks;
	/** The id after which the page begins. */
	after: number | null;
}

interface Row extends ContactRow {
	inside: number;
	/** Whether the id, the email or the phone is what was asked for. */
	is_it: boolean;
}

interface Found {
	found: { row: Row; contact: Contact | null }[];
	next: number | null;
	total: number;
}

function marksFor(vault: Vault, words: string): Marks {
	if (words === '') return [null, null, null, null, true];
	const { publicId, email, phone, name } = marksOf(vault);
	return [
		publicId.markOf(words),
		email.markOf(words),
		/\d{4}/.test(words) ? phone.markOf(words) : null,
		name.tokensToFind(words),
		false
	];
}

/** Whether more letters were typed than the index knows of a word. */
function isLongName(words: string): boolean {
	return Array.from(wordsOf(words).at(-1) ?? '').length > LONGEST_PREFIX;
}

async function findByMarks(store: Store, { marks, after }: Search): Promise<Found> {
	const rows = await pageOf(store.pool, marks, after, PAGE + 1);
	const shown = rows.slice(0, PAGE);
	return {
		found: await openAll(store.vault, shown),
		next: rows.length > PAGE ? (shown.at(-1)?.contact_id ?? null) : null,
		total: await countOf(store.pool, marks)
	};
}

/** The total is what the index finds where that is more than are opened at once: then it can be a few too many. */
async function findByLongName(store: Store, { words, marks, after }: Search): Promise<Found> {
	const rows = await pageOf(store.pool, marks, after, OPENED_AT_ONCE);
	const fitting = (await openAll(store.vault, rows)).filter(
		({ row, contact }) => row.is_it || (contact?.name && nameMatches(contact.name, words))
	);
	const found = fitting.slice(0, PAGE);
	const isAll = after === null && rows.length < OPENED_AT_ONCE;
	const last = fitting.length > PAGE ? found.at(-1)?.row : rows.length < OPENED_AT_ONCE ? null : rows.at(-1);
	return {
		found,
		next: last?.contact_id ?? null,
		total: isAll ? fitting.length : await countOf(store.pool, marks)
	};
}

async function pageOf(db: Db, marks: Marks, after: number | null, limit: number): Promise<Row[]> {
	const { rows } = await db.query<Row>(
		`select ${CONTACT_COLUMNS}, ${INSIDE} as inside, coalesce(${IS_IT}, false) as is_it from contacts c
		where ${FITS} and ($6::bigint is null or c.id < $6) order by c.id desc limit $7`,
		[...marks, after, limit]
	);
	return rows;
}

async function countOf(db: Db, marks: Marks): Promise<number> {
	const { rows } = await db.query<{ total: number }>(
		`select count(*)::int as total from contacts c where ${FITS}`,
		marks
	);
	return rows[0]?.total ?? 0;
}

async function loadZone(db: Db): Promise<string> {
	const { rows } = await db.query<{ zone: string | null }>(
		`select value ->> 'timezone' as zone from settings where key = 'workspace'`
	);
	return rows[0]?.zone ?? 'UTC';
}

async function openAll<T extends ContactRow>(
	vault: Vault,
	rows: readonly T[]
): Promise<{ row: T; contact: Contact | null }[]> {
	const keys = await vault.keysToOpen(rows.map((row) => row.contact_id));
	// One person whose row was changed by hand must not hide the others.
	return rows.map((row) => ({ row, contact: unlessSealed(() => openContact(keys, row)) ?? null }));
}

/** Who these are, as they may be seen, by inner id; those who were deleted are not there. */
export async function identitiesOf(
	{ pool, vault }: Store,
	sight: Sight,
	ids: readonly number[]
): Promise<Map<number, Identity | null>> {
	const { rows } = await pool.query<ContactRow>(
		`select ${CONTACT_COLUMNS} from contacts c where c.id = any($1)`,
		[[...new Set(ids)]]
	);
	const people = await openAll(vault, rows);
	return new Map(
		people.map(({ row, contact }) => [row.contact_id, contact && sight.identity(new Covered(contact))])
	);
}

/** Whether somebody has this id of the clinic's. */
export async function isTaken(db: Db, vault: Vault, publicId: string): Promise<boolean> {
	const { rowCount } = await db.query('select from contacts where public_id_mark = $1', [
		markOfId(vault, publicId)
	]);
	return rowCount !== 0;
}
