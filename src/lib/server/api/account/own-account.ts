/** Whose account a call is about: always the caller's own. */
import type { App } from '../../app.ts';
import type { Tx } from '../../db/db.ts';
import type { Actor, UserActor } from '../../auth/permissions.ts';
import { rotateSession, type Session } from '../../auth/session.ts';
import { ApiError } from '../errors.ts';
import type { Context } from '../trpc.ts';

/** The person who calls. Throws `auth.forbidden` for a program, which has no account. */
export function personOf(actor: Actor): UserActor {
	if (actor.kind === 'user') return actor;
	throw new ApiError('auth.forbidden', 'A key has no account.');
}

/** The session that a person calls in. Throws `auth.required` without one. */
export function sessionOf({ session }: Pick<Context, 'session'>): Session {
	if (session) return session;
	throw new ApiError('auth.required', 'Sign in first.');
}

/** Gives the caller's session another cookie, since what it opens has changed: one that somebody else knew opens nothing any more. */
export async function renewSession(
	tx: Tx,
	app: App,
	{ session, setSessionCookie }: Pick<Context, 'session' | 'setSessionCookie'>
): Promise<void> {
	const token = session && (await rotateSession(tx, session, app.clock.now()));
	if (token) setSessionCookie?.(token);
}
