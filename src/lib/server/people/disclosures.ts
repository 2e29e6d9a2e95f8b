/**
 * To whom something about a person was told beside treatment, payment and operations (45 CFR 164.528). Sealed with the
 * workspace's key: the report is owed for six years, also when the person is deleted meanwhile.
 */
import { ApiError } from '../api/errors.ts';
import type { Tx } from '../db/db.ts';
import { openJson, placesIn, sealJson } from '../seal/sealed.ts';
import type { Vault } from '../seal/vault.ts';
import type { Reader } from './person.ts';
import { nextId } from './rights.ts';

export const DISCLOSURE_PURPOSES = [
	'individual',
	'public-health',
	'oversight',
	'court',
	'law-enforcement',
	'research',
	'law',
	'other'
] as const;
export type DisclosurePurpose = (typeof DISCLOSURE_PURPOSES)[number];

export interface DisclosureWords {
	toWhom: string;
	/** Of the recipient, where it is known. */
	address: string;
	/** What was told, in short. */
	what: string;
}

export interface Disclosure extends DisclosureWords {
	id: number;
	at: Date;
	purpose: DisclosurePurpose;
	recordedBy: string | null;
}

const places = placesIn('disclosures', 'sealed');

/** Throws ApiError `input.invalid` for one that is still to come. */
export async function recordDisclosure(
	tx: Tx,
	vault: Vault,
	told: { contactId: number; at: number; purpose: DisclosurePurpose; by: number | null } & DisclosureWords,
	now: number
): Promise<number> {
	const { contactId, at, purpose, by, toWhom, address, what } = told;
	if (at > now) throw new ApiError('input.invalid', 'This is still to come.', { path: '/at' });
	const id = await nextId(tx, 'disclosures');
	await tx.query(
		`insert into disclosures (id, contact_id, at, sealed, purpose, recorded_by, recorded_at)
		values ($1, $2, $3, $4, $5, $6, $7)`,
		[
			id,
			contactId,
			new Date(at),
			sealJson(vault.workspaceKey(), places(id), { toWhom, address, what }),
			purpose,
			by,
			new Date(now)
		]
	);
	return id;
}

/** Those of a person from `since` on and before `until`, the oldest first, as an accounting tells them. */
export async function listDisclosures(
	{ pool, vault }: Reader,
	contactId: number,
	since: Date,
	until: Date
): Promise<Disclosure[]> {
	const { rows } = await pool.query<Omit<Disclosure, keyof DisclosureWords> & { sealed: Buffer }>(
		`select d.id, d.at, d.sealed, d.purpose, u.name as "recordedBy"
		from disclosures d left join users u on u.id = d.recorded_by
		where d.contact_id = $1 and d.at >= $2 and d.at < $3 order by d.at, d.id`,
		[contactId, since, until]
	);
	const disclosures: Disclosure[] = [];
	for (const { sealed, ...row } of rows)
		disclosures.push({
			...row,
			...(openJson(await vault.workspaceKeyOf(sealed), places(row.id), sealed) as DisclosureWords)
		});
	return disclosures;
}
