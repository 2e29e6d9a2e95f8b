/** What the tables of a person's rights have in common. */
import type { Tx } from '../db/db.ts';
import { ApiError } from '../api/errors.ts';

/** Six years: how long documentation is kept (45 CFR 164.530(j)), and how far back disclosures are told (164.528). */
export const KEPT_YEARS = 6;

/** `years` after an instant, or before it; 29 February becomes 1 March. */
export function yearsFrom(at: Date, years: number): Date {
	const moved = new Date(at);
	moved.setUTCFullYear(moved.getUTCFullYear() + years);
	return moved;
}

/** The number of a row to come: what it holds is sealed for it, so it must be known before. */
export async function nextId(tx: Tx, table: 'legal_holds' | 'restrictions' | 'disclosures'): Promise<number> {
	const { rows } = await tx.query<{ id: number }>(`select nextval(pg_get_serial_sequence($1, 'id')) as id`, [
		table
	]);
	const id = rows[0]?.id;
	if (id === undefined) throw new Error(`${table} has no sequence.`);
	return id;
}

/** Holds a person's row until the transaction ends, so that nobody deletes them meanwhile. Throws ApiError `not-found`. */
export async function lockPerson(tx: Tx, contactId: number): Promise<void> {
	const { rowCount } = await tx.query('select from contacts where id = $1 for no key update', [contactId]);
	if (!rowCount) throw new ApiError('not-found', 'There is no such person.');
}
