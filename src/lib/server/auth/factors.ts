/** The factors that somebody has beside their password, and what may not be taken away. */
import type { Db, Tx } from '../db/db.ts';
import { ApiError } from '../api/errors.ts';
import { loadAccess } from './access-settings.ts';
import { makeRecoveryCodes } from './recovery-codes.ts';

export interface Passkey {
	id: string;
	name: string;
	createdAt: Date;
	lastUsedAt: Date | null;
}

export interface Factors {
	hasPassword: boolean;
	/** Since when there is an authenticator app; null without one. */
	totpSince: Date | null;
	passkeys: Passkey[];
	/** How many are left. */
	recoveryCodes: number;
}

export async function findFactors(db: Db, userId: number): Promise<Factors> {
	const { rows } = await db.query<Omit<Factors, 'passkeys'>>(
		`select u.password_hash is not null as "hasPassword",
			(select confirmed_at from totp where user_id = u.id) as "totpSince",
			(select count(*)::int from recovery_codes where user_id = u.id) as "recoveryCodes"
		from users u where u.id = $1`,
		[userId]
	);
	const { rows: passkeys } = await db.query<Passkey>(
		`select id, name, created_at as "createdAt", last_used_at as "lastUsedAt" from passkeys
		where user_id = $1 order by created_at, id`,
		[userId]
	);
	const found = rows[0] ?? { hasPassword: false, totpSince: null, recoveryCodes: 0 };
	return { ...found, passkeys };
}

/** Whether there is any; recovery codes are none of their own. */
export function hasFactor({ totpSince, passkeys }: Pick<Factors, 'totpSince' | 'passkeys'>): boolean {
	return totpSince !== null || passkeys.length > 0;
}

/** Lets one change of somebody's factors happen at a time: two that each take away the last but one would take both. */
export async function lockFactors(tx: Tx, userId: number): Promise<void> {
	await tx.query('select from users where id = $1 for update', [userId]);
}

/** The recovery codes that come with the first factor; null where there are some. */
export async function firstRecoveryCodes(tx: Tx, userId: number, now: number): Promise<string[] | null> {
	const { recoveryCodes } = await findFactors(tx, userId);
	return recoveryCodes > 0 ? null : makeRecoveryCodes(tx, userId, now);
}

/**
 * Called after a factor was taken away, in its transaction. Throws `conflict` where a second one is required and none is left, or
 * where nothing is left to sign in with; recovery codes go with the last factor, for they stand in for one.
 */
export async function afterRemoval(tx: Tx, userId: number): Promise<void> {
	const left = await findFactors(tx, userId);
	if (hasFactor(left)) return;
	const { requireSecondFactor } = await loadAccess(tx);
	if (requireSecondFactor)
		throw new ApiError(
			'conflict',
			'A second factor is required here. Add another one first, then remove this.'
		);
	if (!left.hasPassword)
		throw new ApiError('conflict', 'You sign in with it: without a password it is the only way in.');
	await tx.query('delete from recovery_codes where user_id = $1', [userId]);
}
