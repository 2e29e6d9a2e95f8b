/** Signing in and out. Both are in the audit log, and so is every try that was refused; the address that was typed never is. */
import type { App } from '../app.ts';
import { auditActorOf, entriesBy, type Call } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Db } from '../db/db.ts';
import { RateLimited } from '../http/rate-limited.ts';
import { isPassword } from './password.ts';
import { createSession, endSession, type Place, type Session } from './session.ts';
import { usePasskey, type PasskeyAnswer } from './passkeys.ts';
import { signInLimitOf } from './sign-in-limit.ts';
import { HeldToSso, mustNotBeHeld } from './sso/held.ts';

interface Account {
	id: number;
	name: string;
	password_hash: string | null;
	has_factor: boolean;
}

/**
 * Starts a session for the right password and gives the cookie's value; where a second factor is set up the session opens nothing
 * before that is shown too. Null for a wrong password or an unknown address,
 * which nobody can tell apart. Throws RateLimited after too many tries, and HeldToSso for people whom their organization signs in.
 */
export async function signIn(
	app: App,
	email: string,
	password: string,
	call: Call & Place
): Promise<string | null> {
	const limit = signInLimitOf(app);
	const ip = call.ip ?? 'unknown';
	await limit.count(email, ip).catch(async (error: unknown) => {
		// One entry for each row of tries: who is locked out must not be able to fill the log.
		if (error instanceof RateLimited && error.isFirst)
			await recordRefusal(app, call, await findAccount(app.pool, email), 'too-many');
		throw error;
	});
	const account = await findAccount(app.pool, email);
	const isRight = await isPassword(password, account?.password_hash ?? undefined);
	await mustNotBeHeld(app.pool, email, isRight ? account : undefined).catch(async (error: unknown) => {
		if (error instanceof HeldToSso) await recordRefusal(app, call, account, 'sso-only');
		throw error;
	});
	if (!isRight || !account) {
		await recordRefusal(app, call, account, 'password');
		return null;
	}
	await limit.forgive(email, ip);
	return inAuditedTransaction(app.pool, async (tx, audit) => {
		const { id, name } = account;
		const proved = !account.has_factor;
		const session = { userId: id, way: 'password', proved, place: call } as const;
		const token = await createSession(tx, session, app.clock.now());
		const entry = entriesBy(auditActorOf({ kind: 'user', id, name }), app.clock, call);
		audit(entry({ action: proved ? 'session.sign-in' : 'session.password' }));
		return token;
	});
}

/**
 * Starts a session for a passkey, which says by itself whose it is and opens all at once; null when it is refused. Throws
 * RateLimited after too many tries, and HeldToSso for people whom their organization signs in.
 */
export async function signInByPasskey(
	app: App,
	answer: PasskeyAnswer,
	call: Call & Place
): Promise<string | null> {
	await signInLimitOf(app).countAddress(call.ip ?? 'unknown');
	const token = await inAuditedTransaction(app.pool, async (tx, audit) => {
		const user = await usePasskey(tx, app, answer, null);
		if (!user) return null;
		await mustNotBeHeld(tx, user.email, user);
		const session = { userId: user.id, way: 'passkey', proved: true, place: call } as const;
		const entry = entriesBy(auditActorOf({ kind: 'user', ...user }), app.clock, call);
		audit(entry({ action: 'session.sign-in', details: { factor: 'passkey' } }));
		return createSession(tx, session, app.clock.now());
	}).catch(async (error: unknown) => {
		if (error instanceof HeldToSso) await recordRefusal(app, call, undefined, 'sso-only');
		throw error;
	});
	if (token === null) await recordRefusal(app, call, undefined, 'passkey');
	return token;
}

/** Ends a session that its user asked to end. */
export async function signOut(app: App, { id, user }: Session, call: Call): Promise<void> {
	await inAuditedTransaction(app.pool, async (tx, audit) => {
		await endSession(tx, id);
		const entry = entriesBy(auditActorOf({ kind: 'user', ...user }), app.clock, call);
		audit(entry({ action: 'session.sign-out' }));
	});
}

async function findAccount(db: Db, email: string): Promise<Account | undefined> {
	const { rows } = await db.query<Account>(
		`select id, name, password_hash,
			exists (select from totp t where t.user_id = u.id and t.confirmed_at is not null)
				or exists (select from passkeys p where p.user_id = u.id) as has_factor
		from users u where lower(email) = lower($1) and deactivated_at is null`,
		[email]
	);
	return rows[0];
}

/** Who tried is not known, so the product tells it; whose account it was is, where there is such an account. */
async function recordRefusal(
	app: App,
	call: Call,
	account: Account | undefined,
	reason: 'password' | 'passkey' | 'sso-only' | 'too-many'
): Promise<void> {
	const subject = account && { kind: 'user', ids: [String(account.id)] };
	const entry = entriesBy({ kind: 'system', id: 'sign-in' }, app.clock, call);
	await inAuditedTransaction(app.pool, async (_, audit) =>
		audit(entry({ action: 'session.refuse', subject, reason }))
	);
}
