/** Legal holds: while there is one, a person can't be deleted. Why is sealed with the workspace's key. */
import { ApiError } from '../api/errors.ts';
import type { Db, Tx } from '../db/db.ts';
import { openJson, placesIn, sealJson } from '../seal/sealed.ts';
import type { Vault } from '../seal/vault.ts';
import type { Reader } from './person.ts';
import { lockPerson, nextId } from './rights.ts';

const reasons = placesIn('legal_holds', 'reason_sealed');

export interface Hold {
	id: number;
	words: string;
	placedBy: string | null;
	placedAt: Date;
	liftedBy: string | null;
	liftedAt: Date | null;
}

export async function placeHold(
	tx: Tx,
	vault: Vault,
	{ contactId, words, by }: { contactId: number; words: string; by: number | null },
	now: number
): Promise<number> {
	await lockPerson(tx, contactId);
	const id = await nextId(tx, 'legal_holds');
	await tx.query(
		'insert into legal_holds (id, contact_id, reason_sealed, placed_by, placed_at) values ($1, $2, $3, $4, $5)',
		[id, contactId, sealJson(vault.workspaceKey(), reasons(id), words), by, new Date(now)]
	);
	return id;
}

/** Throws ApiError `not-found` for one that is not there or is lifted already. */
export async function liftHold(
	tx: Tx,
	{ contactId, id, by }: { contactId: number; id: number; by: number | null },
	now: number
): Promise<void> {
	const { rowCount } = await tx.query(
		`update legal_holds set lifted_by = $3, lifted_at = $4 where id = $1 and contact_id = $2 and lifted_at is null`,
		[id, contactId, by, new Date(now)]
	);
	if (!rowCount) throw new ApiError('not-found', 'There is no such hold any more.');
}

/** All of a person, the newest first. */
export async function listHolds({ pool, vault }: Reader, contactId: number): Promise<Hold[]> {
	const { rows } = await pool.query<Omit<Hold, 'words'> & { sealed: Buffer }>(
		`select h.id, h.reason_sealed as sealed, p.name as "placedBy", h.placed_at as "placedAt",
			l.name as "liftedBy", h.lifted_at as "liftedAt"
		from legal_holds h left join users p on p.id = h.placed_by left join users l on l.id = h.lifted_by
		where h.contact_id = $1 order by h.placed_at desc, h.id desc`,
		[contactId]
	);
	const holds: Hold[] = [];
	for (const { sealed, ...hold } of rows)
		holds.push({
			...hold,
			words: String(openJson(await vault.workspaceKeyOf(sealed), reasons(hold.id), sealed))
		});
	return holds;
}

export async function isHeld(db: Db, contactId: number): Promise<boolean> {
	const { rowCount } = await db.query(
		'select from legal_holds where contact_id = $1 and lifted_at is null limit 1',
		[contactId]
	);
	return rowCount !== 0;
}
