/** What every change of the team holds to: one at a time, by somebody who still may, and an owner is always left. */
import { ApiError } from '../api/errors.ts';
import { mayAs, type Actor, type Role } from '../auth/permissions.ts';
import type { Db, Tx } from '../db/db.ts';
import { locks } from '../db/locks.ts';

export interface Member {
	id: number;
	name: string;
	email: string;
	role: Role;
	deactivatedAt: Date | null;
}

/**
 * Waits until nobody else changes the team, then gives who asks for the change. Their permission was looked at before the wait, and
 * may be gone since: two owners who demote each other. Throws ApiError `auth.forbidden`.
 */
export async function beginChange(tx: Tx, actor: Actor): Promise<Member> {
	await lockTeam(tx);
	const self = actor.kind === 'user' ? await findMember(tx, actor.id) : undefined;
	if (!self || self.deactivatedAt || !mayAs(self.role, 'members.manage'))
		throw new ApiError('auth.forbidden', 'You may not change the team any more.');
	return self;
}

export async function lockTeam(tx: Tx): Promise<void> {
	await tx.query('select pg_advisory_xact_lock($1)', [locks.members]);
}

export async function findMember(db: Db, id: number): Promise<Member | undefined> {
	const { rows } = await db.query<Member>(
		'select id, name, email, role, deactivated_at as "deactivatedAt" from users where id = $1',
		[id]
	);
	return rows[0];
}

/** Throws ApiError `not-found`. */
export async function getMember(db: Db, id: number): Promise<Member> {
	const member = await findMember(db, id);
	if (!member) throw new ApiError('not-found', 'There is nobody of this number in the team.');
	return member;
}

/** Throws ApiError `conflict` where `id` is the only owner who can come in. Hold `lockTeam` before. */
export async function mustLeaveOwner(tx: Tx, id: number): Promise<void> {
	const { rows } = await tx.query<{ others: boolean; owns: boolean }>(
		`select exists (select from users where role = 'owner' and deactivated_at is null and id <> $1) as others,
			exists (select from users where role = 'owner' and deactivated_at is null and id = $1) as owns`,
		[id]
	);
	if (rows[0]?.owns && !rows[0].others)
		throw new ApiError('conflict', 'They are the only owner. Make somebody else an owner first.');
}

/**
 * Throws ApiError `auth.required` for somebody who was deactivated meanwhile, and keeps them from being until the transaction ends:
 * what they make in it is then seen, and ended, by whoever deactivates them.
 */
export async function mustBeActive(tx: Tx, actor: Actor): Promise<void> {
	if (actor.kind !== 'user') return;
	const { rowCount } = await tx.query(
		'select from users where id = $1 and deactivated_at is null for share',
		[actor.id]
	);
	if (rowCount !== 1) throw new ApiError('auth.required', 'Your account was deactivated.');
}
