/**
 * What stays of a deleted person while it must: authorizations and disclosures, for six years (45 CFR 164.530(j)), and who it
 * was, sealed with the workspace's key. `purgeRetained` takes it away, daily.
 */
import type pg from 'pg';
import type { Clock } from '../app.ts';
import { systemEntries } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Tx } from '../db/db.ts';
import { openJson, placesIn, sealJson } from '../seal/sealed.ts';
import type { Vault } from '../seal/vault.ts';
import { Covered } from './covered.ts';
import type { Reader } from './person.ts';
import { KEPT_YEARS, yearsFrom } from './rights.ts';
import type { Identity } from './sight.ts';

const places = placesIn('retained_people', 'sealed');

/** Keeps who a person was until the last of their papers may go; null, and nothing kept, where there is none. */
export async function retain(
	tx: Tx,
	vault: Vault,
	contactId: number,
	{ publicId, name }: Pick<Identity, 'publicId' | 'name'>,
	now: number
): Promise<Date | null> {
	const last = await lastInEffect(tx, contactId, new Date(now));
	const until = last && yearsFrom(last, KEPT_YEARS);
	if (!until || until.getTime() <= now) {
		await removePapers(tx, [contactId]);
		return null;
	}
	await tx.query('insert into retained_people (contact_id, sealed, until) values ($1, $2, $3)', [
		contactId,
		sealJson(vault.workspaceKey(), places(contactId), { publicId, name }),
		until
	]);
	return until;
}

// An authorization is kept from when it was last in effect: one that nobody ended is in effect until now.
async function lastInEffect(tx: Tx, contactId: number, now: Date): Promise<Date | null> {
	const { rows } = await tx.query<{ last: Date | null }>(
		`select max(at) as last from (
			select least(coalesce(revoked_at, $2), coalesce(expires_at, $2), $2) as at from consents where contact_id = $1
			union all select least(coalesce(ended_at, $2), $2) from restrictions where contact_id = $1
			union all select at from disclosures where contact_id = $1
		) papers`,
		[contactId, now]
	);
	return rows[0]?.last ?? null;
}

export interface Erased {
	erasedAt: Date;
	/** How long authorizations and disclosures are kept; null where there are none. */
	until: Date | null;
	/** Who it was, while that is kept. */
	identity: Covered<Identity> | null;
}

/** Whether and when a person was deleted; undefined for one who was not. */
export async function findErased({ pool, vault }: Reader, contactId: number): Promise<Erased | undefined> {
	const { rows } = await pool.query<{ erasedAt: Date; until: Date | null; sealed: Buffer | null }>(
		`select e.erased_at as "erasedAt", r.until, r.sealed
		from erasures e left join retained_people r on r.contact_id = e.contact_id where e.contact_id = $1`,
		[contactId]
	);
	const [row] = rows;
	if (!row) return undefined;
	const { sealed } = row;
	const kept = sealed && openJson(await vault.workspaceKeyOf(sealed), places(contactId), sealed);
	return {
		erasedAt: row.erasedAt,
		until: row.until,
		identity: kept
			? new Covered({ email: null, phone: null, ...(kept as Pick<Identity, 'publicId' | 'name'>) })
			: null
	};
}

/** Takes away what need not be kept any longer, and gives of how many people. Run it once a day. */
export async function purgeRetained({ pool, clock }: { pool: pg.Pool; clock: Clock }): Promise<number> {
	return inAuditedTransaction(pool, async (tx, audit) => {
		const { rows } = await tx.query<{ contact_id: number }>(
			'delete from retained_people where until <= $1 returning contact_id',
			[new Date(clock.now())]
		);
		const ids = rows.map((row) => row.contact_id);
		if (ids.length === 0) return 0;
		await removePapers(tx, ids);
		const entry = systemEntries('retention', clock);
		for (let at = 0; at < ids.length; at += AT_ONCE)
			audit(
				entry({
					action: 'contact.purge',
					subject: { kind: 'contact', ids: ids.slice(at, at + AT_ONCE).map(String) }
				})
			);
		return ids.length;
	});
}

const AT_ONCE = 1000;

async function removePapers(tx: Tx, contactIds: readonly number[]): Promise<void> {
	for (const table of ['consents', 'disclosures', 'restrictions', 'legal_holds'])
		await tx.query(`delete from ${table} where contact_id = any($1::bigint[])`, [contactIds]);
}
