/**
 * Domains whose people come in through their organization and in no other way. When the provider is down nobody of them does, but
 * for an owner with a password and a second factor: a Stepwell that nobody can open can't stop a journey either.
 */
import { ApiError } from '../../api/errors.ts';
import type { Db } from '../../db/db.ts';
import { domainOf } from './claims.ts';

/** The address belongs to an organization that signs its people in itself. */
export class HeldToSso extends Error {
	constructor(readonly connection: string) {
		super(`People of your organization sign in with “${connection}”. Use its button below.`);
	}
}

/** What is known of somebody who showed a password or a passkey; undefined for a wrong one, which must not be told apart. */
export interface Shown {
	id: number;
}

/** Throws HeldToSso for an address of a held domain, unless it is an owner's who may come in all the same. */
export async function mustNotBeHeld(db: Db, email: string, shown: Shown | undefined): Promise<void> {
	const { rows } = await db.query<{ name: string }>(
		`select name from sso_connections where enabled and enforced and $1 = any (domains) order by id limit 1`,
		[domainOf(email.trim())]
	);
	const [held] = rows;
	if (held && !(shown && (await isWayBack(db, shown.id)))) throw new HeldToSso(held.name);
}

const ACTIVE_OWNER = `u.role = 'owner' and u.deactivated_at is null`;
const HAS_PASSKEY = `exists (select from passkeys p where p.user_id = u.id)`;
/** Two factors without any provider: a passkey is both, a password needs another. */
const HAS_BOTH = `(${HAS_PASSKEY} or (u.password_hash is not null
	and exists (select from totp t where t.user_id = u.id and t.confirmed_at is not null)))`;

/** Whether somebody is an owner with two factors of their own; or an owner, where no owner has two and the door would be shut. */
async function isWayBack(db: Db, userId: number): Promise<boolean> {
	const { rows } = await db.query<{ may: boolean }>(
		`select ${ACTIVE_OWNER} and (${HAS_BOTH} or not exists (select from users u where ${ACTIVE_OWNER} and ${HAS_BOTH})) as may
		from users u where u.id = $1`,
		[userId]
	);
	return rows[0]?.may === true;
}

/** Whether no other active owner could come in without the provider. */
export async function isLastWayBack(db: Db, id: number): Promise<boolean> {
	const { rowCount } = await db.query(
		`select from users u where ${ACTIVE_OWNER} and ${HAS_BOTH} and u.id <> $1 limit 1`,
		[id]
	);
	return rowCount === 0;
}

/** Throws ApiError `conflict` where no owner could come in while the provider is down. */
export async function mustHaveWayBack(db: Db): Promise<void> {
	const { rowCount } = await db.query(`select from users u where ${ACTIVE_OWNER} and ${HAS_BOTH} limit 1`);
	if (rowCount === 0)
		throw new ApiError(
			'conflict',
			'Nobody could come in while your provider is down. First let an owner set up a second factor for their own password.',
			{ path: '/enforced' }
		);
}
