/**
 * A new password for who forgot theirs: a mailed link, good once and for half an hour. Asking tells nobody who has an account: the
 * answer is given before anybody is looked for. The second factor is asked for at the next sign-in, as ever.
 */
import { ApiError } from '../api/errors.ts';
import { afterAnswer } from '../after-answer.ts';
import type { App } from '../app.ts';
import { auditActorOf, entriesBy, type Call } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import { mailTeam, type TeamMailbox } from '../mail/team-mail.ts';
import { checkNewPassword } from './new-password.ts';
import { hashPassword } from './password.ts';
import { makeToken, readToken } from './secret-token.ts';
import { endSessionsOf } from './session.ts';
import { SignInLimit } from './sign-in-limit.ts';

const MINUTE_MS = 60_000;
/** How long a link is good (milliseconds). */
export const RESET_MS = 30 * MINUTE_MS;
/** A link so young stands: whoever asks again and again fills no inbox, and voids no link that is on its way (milliseconds). */
export const RESET_AGAIN_MS = 5 * MINUTE_MS;
/** Questions for one account from one address, and for all accounts from one address, in 15 minutes. */
const bounds = { what: 'reset-', perAccount: 5, perAddress: 30 };

const limitByApp = new WeakMap<App, SignInLimit>();

interface Account extends TeamMailbox {
	id: number;
	name: string;
}

/**
 * Mails a link where the address has an account with a password; either way it answers the same, in the same time. Throws
 * RateLimited after too many questions, whether or not there is an account.
 */
export async function askForReset(app: App, email: string, call: Call): Promise<void> {
	const limit = limitByApp.get(app) ?? new SignInLimit(app.pool, bounds);
	limitByApp.set(app, limit);
	await limit.count(email, call.ip ?? 'unknown');
	afterAnswer(app, 'password reset', () => sendLink(app, email, call));
}

async function sendLink(app: App, email: string, call: Call): Promise<void> {
	const token = makeToken();
	const account = await makeReset(app, email, token, call);
	if (!account) return;
	const { outcome, reason } = await mailTeam(app, account, {
		subject: 'Set a new password',
		lines: [
			`Hello ${account.name},`,
			'Somebody asked for a new password for your account in Stepwell. If it was you, set it here; you then sign in with it, and show your second factor as always.'
		],
		link: { label: 'Set a new password', href: `${app.publicUrl}/sign-in/reset#${token.whole}` },
		small:
			'The link works once, and for 30 minutes. If it was not you, leave it be: your password stays as it is.',
		opensDoor: true
	});
	if (outcome !== 'sent') app.log.error({ outcome, reason }, 'a password reset did not go out');
}

async function makeReset(
	app: App,
	email: string,
	{ id, secretHash }: { id: string; secretHash: Buffer },
	call: Call
): Promise<Account | undefined> {
	return inAuditedTransaction(app.pool, async (tx, audit) => {
		const now = app.clock.now();
		// Held, so that of two questions at once the later sees the earlier's link.
		const { rows } = await tx.query<Account>(
			`select id, name, email from users
			where lower(email) = lower($1) and deactivated_at is null and password_hash is not null for update`,
			[email]
		);
		const [account] = rows;
		if (!account) return undefined;
		const young = await tx.query('select from password_resets where user_id = $1 and created_at > $2', [
			account.id,
			new Date(now - RESET_AGAIN_MS)
		]);
		if (young.rowCount) return undefined;
		await tx.query('delete from password_resets where user_id = $1', [account.id]);
		await tx.query(
			'insert into password_resets (id, secret_hash, user_id, created_at, expires_at) values ($1, $2, $3, $4, $5)',
			[id, secretHash, account.id, new Date(now), new Date(now + RESET_MS)]
		);
		const entry = entriesBy({ kind: 'system', id: 'sign-in' }, app.clock, call);
		audit(entry({ action: 'password.forgot', subject: { kind: 'user', ids: [String(account.id)] } }));
		return account;
	});
}

// Hashes of random secrets: comparing them in the statement tells nothing of the secret.
const OPEN = `password_resets r where r.id = $1 and r.secret_hash = $2 and r.expires_at > $3
	and exists (select from users u where u.id = r.user_id and u.deactivated_at is null)`;

/** Whose password a token may set; undefined for one that is over, and for what is none. */
export async function findReset({ pool, clock }: App, whole: string): Promise<Account | undefined> {
	const token = readToken(whole);
	if (!token) return undefined;
	const { rows } = await pool.query<Account>(
		`select id, name, email from users where id = (select r.user_id from ${OPEN})`,
		[token.id, token.secretHash, new Date(clock.now())]
	);
	return rows[0];
}

/**
 * Sets the password, once, ends every session of the account, and tells its owner by mail. Throws ApiError `not-found` where the
 * link was used, is too old, or has a younger one, and `input.invalid` for a password that is known or too near to the person.
 */
export async function resetPassword(app: App, whole: string, password: string, call: Call): Promise<void> {
	// Looked at before a hash is worked on, which strangers could else ask for.
	const asking = await findReset(app, whole);
	if (!asking) throw isOver();
	const fault = await checkNewPassword(password, asking);
	if (fault) throw new ApiError('input.invalid', fault, { path: '/password' });
	const passwordHash = await hashPassword(password);
	const account = await useReset(app, whole, passwordHash, call);
	afterAnswer(app, 'password reset', async () => {
		const { outcome, reason } = await mailTeam(app, account, {
			subject: 'Your password was changed',
			lines: [
				`Hello ${account.name},`,
				'the password of your account in Stepwell was changed by a link that was mailed to you. All your sessions were ended.',
				'If it was not you, tell an owner of your Stepwell at once: somebody reads your mail.'
			]
		});
		if (outcome !== 'sent') app.log.error({ outcome, reason }, 'word of a new password did not go out');
	});
}

function useReset(app: App, whole: string, passwordHash: string, call: Call): Promise<Account> {
	const token = readToken(whole);
	return inAuditedTransaction(app.pool, async (tx, audit) => {
		const used = await tx.query<{ user_id: number }>(`delete from ${OPEN} returning r.user_id`, [
			token?.id,
			token?.secretHash,
			new Date(app.clock.now())
		]);
		const { rows } = await tx.query<Account>(
			'update users set password_hash = $2 where id = $1 and deactivated_at is null returning id, name, email',
			[used.rows[0]?.user_id, passwordHash]
		);
		const [account] = rows;
		if (!account) throw isOver();
		const sessions = await endSessionsOf(tx, account.id);
		const actor = auditActorOf({ kind: 'user', id: account.id, name: account.name });
		audit(entriesBy(actor, app.clock, call)({ action: 'password.reset', details: { sessions } }));
		return account;
	});
}

function isOver(): ApiError {
	return new ApiError(
		'not-found',
		'This link was used, is older than 30 minutes, or has a newer one. Ask anew.'
	);
}
