import type { App } from '../app.ts';
import { isPassword } from './password.ts';
import { createSession } from './session.ts';
import { SignInLimit } from './sign-in-limit.ts';

const limitByApp = new WeakMap<App, SignInLimit>();

/**
 * Starts a session for the right password and gives the cookie's value; null for a wrong password or an unknown address,
 * which nobody can tell apart. Throws RateLimited after too many tries.
 */
export async function signIn(app: App, email: string, password: string, ip: string): Promise<string | null> {
	const limit = limitByApp.get(app) ?? new SignInLimit(app.pool);
	limitByApp.set(app, limit);
	await limit.count(email, ip);
	const { rows } = await app.pool.query<{ id: number; password_hash: string }>(
		'select id, password_hash from users where lower(email) = lower($1)',
		[email]
	);
	const user = rows[0];
	if (!(await isPassword(password, user?.password_hash)) || !user) return null;
	await limit.forgive(email, ip);
	return createSession(app.pool, user.id, app.clock.now());
}
