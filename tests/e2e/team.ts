// The built product with somebody of each role signed in, and some who are half way in.
import { test as base } from '@playwright/test';
import type { TRPCClient } from '@trpc/client';
import pg from 'pg';
import type { AppRouter } from '../../src/lib/server/api/router.ts';
import { roles } from '../../src/lib/server/auth/permissions.ts';
import { createSession, type NewSession } from '../../src/lib/server/auth/session.ts';
import { databaseAt } from './database.ts';
import { clientOf, signUp, startStepwell } from './stepwell.ts';

/** Whoever may ask: somebody of a role, nobody, or somebody whose sign-in lacks something. */
export const visitors = [...roles, 'nobody', 'enrol', 'second-factor'] as const;
export type Visitor = (typeof visitors)[number];

export interface Team {
	url: string;
	/** The `Cookie` header that somebody sends; empty for nobody. */
	cookieOf: Record<Visitor, string>;
	/** Sessions of their own for a test that ends them. */
	signInAnew(): Promise<Record<Visitor, string>>;
	/** The owner's way to the API. */
	owner: TRPCClient<AppRouter>;
}

export const test = base.extend<object, { team: Team }>({
	team: [
		async ({ browserName: _ }, use) => {
			const stepwell = await startStepwell();
			const connectionString = databaseAt(stepwell.dataFolder).url('stepwell');
			const pool = new pg.Pool({ connectionString, max: 2 });
			await signUp(stepwell.url);
			const cookieOf = await signInEverybody(pool);
			const owner = clientOf(stepwell.url, { cookie: cookieOf.owner, origin: stepwell.url });
			await use({ url: stepwell.url, cookieOf, signInAnew: () => signInEverybody(pool), owner });
			await pool.end();
			await stepwell.stop();
		},
		{ scope: 'worker', timeout: 240_000 }
	]
});

async function signInEverybody(pool: pg.Pool): Promise<Record<Visitor, string>> {
	// A password alone is not enough here: so who came by it has to set up more, and a passkey opens.
	await pool.query(
		`insert into settings (key, value) values ('access', '{"requireSecondFactor": true}')
		on conflict (key) do update set value = excluded.value`
	);
	const of = async (name: string, role: string, begin: Partial<NewSession> = {}) =>
		`stepwell=${await createSession(
			pool,
			{ userId: await idOf(pool, name, role), way: 'passkey', proved: true, place: { ip: null }, ...begin },
			Date.now()
		)}`;
	const cookies = Object.fromEntries(
		await Promise.all(roles.map(async (role) => [role, await of(role, role)] as const))
	);
	return {
		...cookies,
		nobody: '',
		enrol: await of('enrol', 'owner', { way: 'password' }),
		'second-factor': await of('second-factor', 'owner', { way: 'password', proved: false })
	} as Record<Visitor, string>;
}

async function idOf(pool: pg.Pool, name: string, role: string): Promise<number> {
	const { rows } = await pool.query<{ id: number }>(
		`insert into users (email, name, password_hash, role) values ($1 || '@team.test', $1, '-', $2)
		on conflict (lower(email)) do update set role = excluded.role returning id`,
		[name, role]
	);
	return rows[0]?.id ?? 0;
}
