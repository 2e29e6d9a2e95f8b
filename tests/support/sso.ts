/** Connections to identity providers, and sign-ins through them, for tests. */
import type { App } from '../../src/lib/server/app.ts';
import type { UserActor } from '../../src/lib/server/auth/permissions.ts';
import { actorIn, findSession, type Session } from '../../src/lib/server/auth/session.ts';
import { connectionInput } from '../../src/lib/server/auth/sso/config.ts';
import { createConnection, type Connection } from '../../src/lib/server/auth/sso/connections.ts';
import type { Returned } from '../../src/lib/server/auth/sso/oidc.ts';
import { SsoRefused } from '../../src/lib/server/auth/sso/refusal.ts';
import { signInBySso } from '../../src/lib/server/auth/sso/sign-in-by-sso.ts';

export const common = {
	name: 'Clinic login',
	domains: ['clinic.example'],
	enforced: false,
	enabled: true
};
export const giving = {
	groups: [] as { group: string; role: string }[],
	defaultRole: 'marketer' as string | null
};

/** Makes a connection from what a browser would send. */
export async function connect(app: App, input: unknown): Promise<number> {
	return createConnection(app.pool, app.secret, connectionInput.parse(input), app.clock.now());
}

/** Ends a sign-in in a browser, where `actor` may be signed in already; gives its session. */
export async function end(
	app: App,
	returning: Promise<Returned<Connection>>,
	actor: UserActor | null = null
): Promise<Session> {
	const { connection, claims } = await returning;
	const call = { ip: '192.0.2.7', requestId: 'r', agent: null };
	const token = await signInBySso(app, connection, claims, { call, session: null, actor });
	const session = await findSession(app.pool, token, app.clock.now());
	if (!session || !actorIn(session)) throw new Error('The sign-in opened nothing.');
	return session;
}

/** The code, with its fault, that a sign-in is refused with; `in` where it is not. */
export async function refusalOf(sign: Promise<unknown>): Promise<string> {
	return sign.then(
		() => 'in',
		(error: unknown) => {
			if (error instanceof SsoRefused) return error.message;
			throw error;
		}
	);
}
