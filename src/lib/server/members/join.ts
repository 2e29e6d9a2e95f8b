/** Accepting an invitation: an account of the role it names, and the first sign-in. */
import { type z } from 'zod';
import { ApiError } from '../api/errors.ts';
import type { App } from '../app.ts';
import { auditActorOf, entriesBy, type Call } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import { ownerSchema } from '../auth/owner.ts';
import { checkNewPassword } from '../auth/new-password.ts';
import { hashPassword } from '../auth/password.ts';
import type { Role } from '../auth/permissions.ts';
import { readToken } from '../auth/secret-token.ts';
import { createSession, type Place } from '../auth/session.ts';
import type { Tx } from '../db/db.ts';
import { lockTeam } from './team.ts';

export interface Invitation {
	email: string;
	role: Role;
	/** Null where the account of whoever invited is gone. */
	inviter: string | null;
}

/** As at the set-up. */
export const joinSchema = ownerSchema.pick({ name: true, password: true });
export type JoinInput = z.infer<typeof joinSchema>;

// Hashes of random secrets: comparing them in the statement tells nothing of the secret.
const OPEN = `from invitations i where i.id = $1 and i.secret_hash = $2 and i.expires_at > $3`;

/** The invitation that a token opens; undefined for one that is over, and for what is none. */
export async function findInvitation({ pool, clock }: App, whole: string): Promise<Invitation | undefined> {
	const token = readToken(whole);
	if (!token) return undefined;
	const { rows } = await pool.query<Invitation>(
		`select i.email, i.role, (select u.name from users u where u.id = i.invited_by) as inviter ${OPEN}`,
		[token.id, token.secretHash, new Date(clock.now())]
	);
	return rows[0];
}

/**
 * Makes the account and its first session; gives the cookie's value. Throws ApiError `not-found` where the invitation was
 * accepted, replaced, revoked or is too old, `input.invalid` for a password that is known or too near to the person, and `conflict` where the address has an account by now.
 */
export async function join(app: App, whole: string, input: JoinInput, call: Call & Place): Promise<string> {
	// Looked at before a hash is worked on, which strangers could else ask for.
	const invitation = await findInvitation(app, whole);
	if (!invitation) throw isOver();
	const fault = await checkNewPassword(input.password, { name: input.name, email: invitation.email });
	if (fault) throw new ApiError('input.invalid', fault, { path: '/password' });
	const passwordHash = await hashPassword(input.password);
	return inAuditedTransaction(app.pool, async (tx, audit) => {
		await lockTeam(tx);
		const now = app.clock.now();
		const { email, role } = await takeInvitation(tx, whole, now);
		const { rows } = await tx.query<{ id: number }>(
			`insert into users (email, name, password_hash, role, created_at) values ($1, $2, $3, $4, $5)
			on conflict (lower(email)) do nothing returning id`,
			[email, input.name, passwordHash, role, new Date(now)]
		);
		const [user] = rows;
		if (!user)
			throw new ApiError('conflict', 'There is an account with this address already. Sign in instead.');
		const session = { userId: user.id, way: 'password', proved: true, place: call } as const;
		const cookie = await createSession(tx, session, now);
		const actor = auditActorOf({ kind: 'user', id: user.id, name: input.name });
		const subject = { kind: 'user', ids: [String(user.id)] };
		audit(entriesBy(actor, app.clock, call)({ action: 'member.join', subject, details: { role } }));
		return cookie;
	});
}

async function takeInvitation(tx: Tx, whole: string, now: number): Promise<{ email: string; role: Role }> {
	const token = readToken(whole);
	const { rows } = await tx.query<{ email: string; role: Role }>(`delete ${OPEN} returning i.email, i.role`, [
		token?.id,
		token?.secretHash,
		new Date(now)
	]);
	const [taken] = rows;
	if (!taken) throw isOver();
	return taken;
}

function isOver(): ApiError {
	return new ApiError('not-found', 'This invitation is over. Ask whoever invited you for a new one.');
}
