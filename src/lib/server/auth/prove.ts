/** Showing a factor, as the second step of signing in or once more later: the session gets another cookie by it. */
import { z } from 'zod';
import type { App } from '../app.ts';
import { auditActorOf, entriesBy, type Call } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Db, Tx } from '../db/db.ts';
import { RateLimited } from '../http/rate-limited.ts';
import { findFactors, hasFactor, type Factors } from './factors.ts';
import { passkeyAnswer, usePasskey } from './passkeys.ts';
import { isPassword } from './password.ts';
import { useRecoveryCode } from './recovery-codes.ts';
import { rotateSession, type Session } from './session.ts';
import { signInLimitOf } from './sign-in-limit.ts';
import { useTotp } from './totp.ts';

/** What somebody shows. */
export const proofSchema = z.discriminatedUnion('kind', [
	z.object({ kind: z.literal('totp'), code: z.string().max(20) }),
	z.object({ kind: z.literal('recovery'), code: z.string().max(60) }),
	passkeyAnswer.extend({ kind: z.literal('passkey') }),
	z.object({ kind: z.literal('password'), password: z.string().max(256) })
]);
export type Proof = z.infer<typeof proofSchema>;

/** What somebody can show in their session. */
export interface Ways {
	totp: boolean;
	passkey: boolean;
	recovery: boolean;
	/** Only who has nothing else, and came in by it: a password does not stand in for a second factor. */
	password: boolean;
	/** Nothing of ours: they must come in anew, as they did. */
	signIn: boolean;
}

export function waysOf(factors: Factors, session: Pick<Session, 'way' | 'stage'>): Ways {
	const any = hasFactor(factors);
	const password =
		!any && factors.hasPassword && session.way === 'password' && session.stage !== 'second-factor';
	return {
		totp: factors.totpSince !== null,
		passkey: factors.passkeys.length > 0,
		recovery: any && factors.recoveryCodes > 0,
		password,
		signIn: !any && !password
	};
}

type Purpose = 'session.sign-in' | 'session.step-up';

/**
 * Takes the proof and gives the session's new cookie value; null when it is wrong, or not one that counts here. Throws RateLimited
 * after too many tries of one account.
 */
export async function prove(
	app: App,
	session: Session,
	proof: Proof,
	purpose: Purpose,
	call: Call
): Promise<string | null> {
	const { user } = session;
	await countTry(app, user, proof.kind, call);
	const token = await inAuditedTransaction(app.pool, async (tx, audit) => {
		const ways = waysOf(await findFactors(tx, user.id), session);
		if (!ways[proof.kind] || !(await isTrue(app, tx, user.id, proof))) return null;
		const rotated = await rotateSession(tx, session, app.clock.now());
		if (rotated === undefined) return null;
		const entry = entriesBy(auditActorOf({ kind: 'user', ...user }), app.clock, call);
		audit(entry({ action: purpose, details: { factor: proof.kind } }));
		if (proof.kind === 'recovery') audit(entry({ action: 'recovery-code.use' }));
		return rotated;
	});
	if (token === null) await recordRefusedFactor(app, user.id, proof.kind, call);
	else await signInLimitOf(app).forgiveFactors(user.id);
	return token;
}

/** Counts a try of what somebody knows or has. Throws RateLimited (429), and records that once for each row of tries. */
export async function countTry(
	app: App,
	user: { id: number },
	factor: Proof['kind'],
	call: Call
): Promise<void> {
	try {
		await signInLimitOf(app).countFactor(user.id);
	} catch (error) {
		if (error instanceof RateLimited && error.isFirst)
			await recordRefusedFactor(app, user.id, factor, call, 'too-many');
		throw error;
	}
}

/** Who tried is not known: that is what was not shown. Whose factor it was is. */
export async function recordRefusedFactor(
	app: App,
	userId: number,
	factor: Proof['kind'],
	call: Call,
	reason: 'wrong' | 'too-many' = 'wrong'
): Promise<void> {
	const subject = { kind: 'user', ids: [String(userId)] };
	const entry = entriesBy({ kind: 'system', id: 'sign-in' }, app.clock, call);
	await inAuditedTransaction(app.pool, async (_, audit) =>
		audit(entry({ action: 'factor.refuse', subject, reason, details: { factor } }))
	);
}

async function isTrue(app: App, tx: Tx, userId: number, proof: Proof): Promise<boolean> {
	switch (proof.kind) {
		case 'totp':
			return useTotp(tx, app.secret, userId, proof.code, app.clock.now());
		case 'recovery':
			return useRecoveryCode(tx, userId, proof.code);
		case 'passkey':
			return (await usePasskey(tx, app, proof, userId)) !== undefined;
		case 'password':
			return isPassword(proof.password, await passwordHashOf(tx, userId));
	}
}

export async function passwordHashOf(db: Db, userId: number): Promise<string | undefined> {
	const { rows } = await db.query<{ hash: string | null }>(
		'select password_hash as hash from users where id = $1',
		[userId]
	);
	return rows[0]?.hash ?? undefined;
}
