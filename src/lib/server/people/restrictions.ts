/** What was agreed to with a person (45 CFR 164.522): not to be written to in some way, or only at another address. */
import { ApiError } from '../api/errors.ts';
import type { Db, Tx } from '../db/db.ts';
import { openJson, placesIn, sealJson } from '../seal/sealed.ts';
import type { Vault } from '../seal/vault.ts';
import type { Reader } from './person.ts';
import { lockPerson, nextId } from './rights.ts';

/** The last is a confidential channel: what is sent goes to another address. */
export const RESTRICTION_KINDS = ['marketing', 'email', 'text', 'disclosure', 'address'] as const;
export type RestrictionKind = (typeof RESTRICTION_KINDS)[number];

/** What is sealed with the person's key, so that it ends with them. */
export interface RestrictionWords {
	words: string;
	/** Where to write instead; only for the kind `address`. */
	email: string | null;
	phone: string | null;
}

export interface Restriction extends RestrictionWords {
	id: number;
	kind: RestrictionKind;
	requestedAt: Date;
	agreedBy: string | null;
	endedAt: Date | null;
}

const places = placesIn('restrictions', 'words_sealed');

/** Throws ApiError `conflict` where one of that kind holds already. */
export async function addRestriction(
	tx: Tx,
	vault: Vault,
	asked: { contactId: number; kind: RestrictionKind; by: number | null } & RestrictionWords,
	now: number
): Promise<number> {
	const { contactId, kind, by, words, email, phone } = asked;
	await lockPerson(tx, contactId);
	const { rowCount } = await tx.query(
		'select from restrictions where contact_id = $1 and kind = $2 and ended_at is null',
		[contactId, kind]
	);
	if (rowCount) throw new ApiError('conflict', 'This is agreed already. End it first.', { path: '/kind' });
	const id = await nextId(tx, 'restrictions');
	const key = (await vault.keysToSeal([contactId])).get(contactId);
	await tx.query(
		`insert into restrictions (id, contact_id, kind, words_sealed, requested_at, agreed_by) values ($1, $2, $3, $4, $5, $6)`,
		[id, contactId, kind, sealJson(key, places(id), { words, email, phone }), new Date(now), by]
	);
	return id;
}

/** Throws ApiError `not-found` for one that is not there or ended already. */
export async function endRestriction(
	tx: Tx,
	{ contactId, id }: { contactId: number; id: number },
	now: number
): Promise<RestrictionKind> {
	const { rows } = await tx.query<{ kind: RestrictionKind }>(
		'update restrictions set ended_at = $3 where id = $1 and contact_id = $2 and ended_at is null returning kind',
		[id, contactId, new Date(now)]
	);
	if (!rows[0]) throw new ApiError('not-found', 'This ended already.');
	return rows[0].kind;
}

type Row = Omit<Restriction, keyof RestrictionWords> & { contact_id: number; sealed: Buffer | null };

/** All of a person, the newest first. */
export async function listRestrictions({ pool, vault }: Reader, contactId: number): Promise<Restriction[]> {
	const { rows } = await pool.query<Row>(
		`select r.id, r.contact_id, r.kind, r.words_sealed as sealed, r.requested_at as "requestedAt",
			u.name as "agreedBy", r.ended_at as "endedAt"
		from restrictions r left join users u on u.id = r.agreed_by
		where r.contact_id = $1 order by r.requested_at desc, r.id desc`,
		[contactId]
	);
	const keys = await vault.keysToOpen([contactId]);
	return rows.map(({ sealed, contact_id, ...row }) => ({
		...row,
		...(sealed
			? (openJson(keys.get(contact_id), places(row.id), sealed) as RestrictionWords)
			: { words: '', email: null, phone: null })
	}));
}

/** What holds for a person now, without the words and addresses. */
export async function listAgreed(
	db: Db,
	contactId: number
): Promise<{ kind: RestrictionKind; since: Date }[]> {
	const { rows } = await db.query<{ kind: RestrictionKind; since: Date }>(
		`select kind, requested_at as since from restrictions where contact_id = $1 and ended_at is null order by requested_at desc, id desc`,
		[contactId]
	);
	return rows;
}

/** What holds for one person now. */
export interface Restrictions {
	/** No marketing. */
	marketing: boolean;
	/** No email at all. */
	email: boolean;
	/** No text messages at all. */
	text: boolean;
	/** Nothing is told to others. */
	disclosure: boolean;
	/** Where to write instead. */
	address: { email: string | null; phone: string | null } | null;
}

/**
 * What holds for each of these people now; nobody without any is there. Throws a SealError where a confidential address
 * can't be opened: to write to the other one then would be the very thing that was agreed not to do.
 */
export async function loadRestrictions(
	db: Db,
	vault: Vault,
	contactIds: readonly number[]
): Promise<Map<number, Restrictions>> {
	const { rows } = await db.query<{
		id: number;
		contact_id: number;
		kind: RestrictionKind;
		sealed: Buffer | null;
	}>(
		`select id, contact_id, kind, case kind when 'address' then words_sealed end as sealed
		from restrictions where contact_id = any($1::bigint[]) and ended_at is null order by id`,
		[contactIds]
	);
	const byContact = new Map<number, Restrictions>();
	const keys = await vault.keysToOpen(rows.flatMap((row) => (row.kind === 'address' ? row.contact_id : [])));
	for (const { id, contact_id, kind, sealed } of rows) {
		const holding = byContact.get(contact_id) ?? {
			marketing: false,
			email: false,
			text: false,
			disclosure: false,
			address: null
		};
		if (kind !== 'address') holding[kind] = true;
		else if (sealed) {
			const { email, phone } = openJson(keys.get(contact_id), places(id), sealed) as RestrictionWords;
			holding.address = { email, phone };
		}
		byContact.set(contact_id, holding);
	}
	return byContact;
}
