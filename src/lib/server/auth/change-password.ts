/** Another password for somebody who knows the present one. */
import { ApiError } from '../api/errors.ts';
import type { App } from '../app.ts';
import { auditActorOf, entriesBy, type Call } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import { checkNewPassword } from './new-password.ts';
import { hashPassword, isPassword } from './password.ts';
import { countTry, passwordHashOf, recordRefusedFactor } from './prove.ts';
import { endSessionsOf, rotateSession, type Session } from './session.ts';
import { signInLimitOf } from './sign-in-limit.ts';

/**
 * Sets `password` and gives the session's new cookie value and how many other sessions ended by it. Throws `input.invalid` at `/old`
 * or `/password`, and RateLimited after too many tries.
 */
export async function changePassword(
	app: App,
	session: Session,
	{ old, password }: { old: string; password: string },
	call: Call
): Promise<{ token: string; ended: number }> {
	const { user } = session;
	await countTry(app, user, 'password', call);
	if (!(await isPassword(old, await passwordHashOf(app.pool, user.id)))) {
		await recordRefusedFactor(app, user.id, 'password', call);
		throw new ApiError('input.invalid', 'This is not your present password.', { path: '/old' });
	}
	await signInLimitOf(app).forgiveFactors(user.id);
	const fault = await checkNewPassword(password, user);
	if (fault) throw new ApiError('input.invalid', fault, { path: '/password' });
	const hash = await hashPassword(password);
	return inAuditedTransaction(app.pool, async (tx, audit) => {
		// A password is not all of the factors: when those were shown stays as long ago as it is.
		const now = app.clock.now();
		const token = await rotateSession(tx, session, now, session.provedAt ?? now);
		if (token === undefined) throw new ApiError('auth.required', 'Your session is over. Sign in again.');
		await tx.query('update users set password_hash = $2 where id = $1', [user.id, hash]);
		const ended = await endSessionsOf(tx, user.id, token.split('.')[0]);
		const entry = entriesBy(auditActorOf({ kind: 'user', ...user }), app.clock, call);
		audit(entry({ action: 'password.change', details: { ended } }));
		return { token, ended };
	});
}
