import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock, type App } from '../../src/lib/server/app.ts';
import { isFresh, type UserActor } from '../../src/lib/server/auth/permissions.ts';
import { actorIn } from '../../src/lib/server/auth/session.ts';
import { beginSso } from '../../src/lib/server/auth/sso/begin.ts';
import { OIDC_CALLBACK, returnFromOidc } from '../../src/lib/server/auth/sso/oidc.ts';
import { cloneDatabase, testApp, type TestDatabase } from '../support/database.ts';
import { makeKey, startFakeProvider, type FakeProvider } from '../support/fake-provider.ts';
import { client, signInAt, startProvider, type Person, type TestProvider } from '../support/oidc-provider.ts';
import { common, connect, end, giving, refusalOf } from '../support/sso.ts';

let database: TestDatabase;
let app: App;
let real: TestProvider;
let fake: FakeProvider;
const people: Record<string, Person> = {};

beforeAll(async () => {
	database = await cloneDatabase();
	app = testApp(database.pool, systemClock);
	real = await startProvider(app.publicUrl + OIDC_CALLBACK, people);
	fake = await startFakeProvider();
});
afterAll(async () => {
	await real.close();
	await fake.close();
	await database.drop();
});
beforeEach(async () => {
	await database.pool.query('truncate users, sso_connections, ceremonies restart identity cascade');
	const first = makeKey('first');
	Object.assign(fake, { keys: [first], token: { claims: {}, key: first } });
});

const config = (issuer: string, more: object = {}) => ({
	...giving,
	issuer,
	clientId: client.id,
	scopes: 'email profile groups',
	groupsClaim: 'groups',
	trustsAddresses: false,
	...more
});
const connectTo = (issuer: string, more: object = {}, about: object = {}) =>
	connect(app, { ...common, ...about, kind: 'oidc', secret: client.secret, config: config(issuer, more) });
const start = (connection: number) =>
	beginSso(app, { connection, kind: 'oidc', returnTo: '/journeys', again: false, ip: '192.0.2.7' });

const ann: Person = { email: 'Ann@clinic.example', email_verified: true, name: 'Ann Lee', groups: ['mail'] };

async function throughReal(connection: number, login: string) {
	const { location, cookie } = await start(connection);
	const back = await signInAt(location, login, app.publicUrl + OIDC_CALLBACK);
	return returnFromOidc(app, back.search, cookie);
}

describe('with a real provider', () => {
	test('somebody new signs in, gets an account with the role of their group, and is known the next time', async () => {
		people.ann = ann;
		const groups = [
			{ group: 'board', role: 'manager' },
			{ group: 'mail', role: 'privacy-officer' },
			{ group: 'mail', role: 'operator' }
		];
		const id = await connectTo(real.issuer, { groups });
		const session = await end(app, throughReal(id, 'ann'));
		expect(session).toMatchObject({ way: 'sso', stage: 'open' });
		expect(session.user).toMatchObject({
			name: 'Ann Lee',
			email: 'ann@clinic.example',
			role: 'privacy-officer'
		});
		people.ann = { ...ann, email: 'ann.married@clinic.example', groups: ['board'] };
		const again = await end(app, throughReal(id, 'ann'));
		expect(again.user).toMatchObject({ id: session.user.id, email: 'ann@clinic.example', role: 'manager' });
		const { rows } = await app.pool.query(
			`select action from audit_log where action ~ '^(sso|session)' order by id`
		);
		expect(rows.map(({ action }) => action)).toEqual([
			'sso.account',
			'session.sign-in',
			'sso.role',
			'session.sign-in'
		]);
	});

	test('the request asks for PKCE with S256, a state and a nonce', async () => {
		const { location } = await start(await connectTo(real.issuer));
		const asked = new URL(location).searchParams;
		expect(asked.get('code_challenge_method')).toBe('S256');
		for (const name of ['code_challenge', 'state', 'nonce']) expect(asked.get(name)).toMatch(/^.{20,}$/);
	});

	test('a callback opens nothing twice, nothing in another browser, and nothing with a state that nobody gave', async () => {
		people.ann = ann;
		const id = await connectTo(real.issuer);
		const one = await start(id);
		const back = await signInAt(one.location, 'ann', app.publicUrl + OIDC_CALLBACK);
		const other = await start(id);
		expect(await refusalOf(returnFromOidc(app, '?code=x&state=nobodys', one.cookie))).toBe('expired');
		await end(app, returnFromOidc(app, back.search, one.cookie));
		expect(await refusalOf(returnFromOidc(app, back.search, one.cookie))).toBe('expired');
		const mine = await signInAt(other.location, 'ann', app.publicUrl + OIDC_CALLBACK);
		expect(await refusalOf(returnFromOidc(app, mine.search, one.cookie))).toBe('other-browser');
		const bare = await start(id);
		const state = new URL(bare.location).searchParams.get('state');
		expect(await refusalOf(returnFromOidc(app, `?code=x&state=${state}`, undefined))).toBe('other-browser');
	});

	test('a sign-in that took longer than ten minutes is over', async () => {
		const { location, cookie } = await start(await connectTo(real.issuer));
		await app.pool.query(`update ceremonies set expires_at = now() - interval '1 second'`);
		const state = new URL(location).searchParams.get('state');
		expect(await refusalOf(returnFromOidc(app, `?code=x&state=${state}`, cookie))).toBe('expired');
	});
});

/** Comes back from the fake provider, whose token says what is usual but for `claims`. */
async function throughFake(connection: number, claims: object = {}, more: Record<string, string> = {}) {
	const { location, cookie } = await start(connection);
	const asked = new URL(location).searchParams;
	const now = Math.floor(app.clock.now() / 1000);
	fake.token.claims = {
		iss: fake.issuer,
		aud: client.id,
		sub: 'subject-1',
		nonce: asked.get('nonce'),
		iat: now,
		exp: now + 300,
		email: 'ann@clinic.example',
		email_verified: true,
		...claims
	};
	const back = new URLSearchParams({ code: 'c', state: asked.get('state') ?? '', iss: fake.issuer, ...more });
	return end(app, returnFromOidc(app, `?${back}`, cookie));
}

describe('with a provider that lies', () => {
	const past = Math.floor(Date.now() / 1000) - 3600;
	test.each<[string, object, string]>([
		['another nonce', { nonce: 'another' }, 'answer: OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
		['no nonce', { nonce: undefined }, 'answer: OAUTH_INVALID_RESPONSE'],
		['another audience', { aud: 'another' }, 'answer: OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
		['another issuer', { iss: 'https://evil.example' }, 'answer: OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
		['a token that ran out', { iat: past, exp: past + 60 }, 'answer: OAUTH_JWT_TIMESTAMP_CHECK_FAILED'],
		['an unverified address', { email_verified: false }, 'unverified'],
		['an address that nobody says is verified', { email_verified: undefined }, 'unverified'],
		['no address', { email: undefined }, 'unverified'],
		['an address with two signs', { email: 'ann@evil.example@clinic.example' }, 'unverified'],
		['another domain', { email: 'ann@evil.example' }, 'domain'],
		['a domain below', { email: 'ann@sub.clinic.example' }, 'domain']
	])('%s is refused', async (_, claims, refused) => {
		const id = await connectTo(fake.issuer);
		expect(await refusalOf(throughFake(id, claims))).toBe(refused);
		const { rowCount } = await app.pool.query('select from users');
		expect(rowCount).toBe(0);
	});

	test('a good one passes', async () => {
		expect((await throughFake(await connectTo(fake.issuer))).user.email).toBe('ann@clinic.example');
	});

	test('the issuer of the answer itself is looked at (RFC 9207)', async () => {
		const id = await connectTo(fake.issuer);
		expect(await refusalOf(throughFake(id, {}, { iss: 'https://evil.example' }))).toMatch(/^answer: /);
	});

	test('an unsigned token and one of a key that is not listed are refused', async () => {
		const id = await connectTo(fake.issuer);
		fake.token.alg = 'none';
		expect(await refusalOf(throughFake(id))).toMatch(/^answer: /);
		fake.token = { claims: {}, key: makeKey('first') };
		expect(await refusalOf(throughFake(id))).toMatch(/^answer: /);
		fake.token = { claims: {}, key: makeKey('second') };
		expect(await refusalOf(throughFake(id))).toMatch(/^answer: /);
	});

	test('a key that the provider changed to works at once, and the one before no more', async () => {
		const id = await connectTo(fake.issuer);
		const [first] = fake.keys;
		await throughFake(id);
		const next = makeKey('next');
		fake.keys = [next];
		fake.token = { claims: {}, key: next };
		await throughFake(id);
		if (first) fake.token = { claims: {}, key: first };
		expect(await refusalOf(throughFake(id))).toMatch(/^answer: /);
	});

	test('what the provider says in refusing is told to nobody', async () => {
		const id = await connectTo(fake.issuer);
		const more = { error: 'access_denied', error_description: '<b>Call 555</b>' };
		expect(await refusalOf(throughFake(id, {}, more))).toBe('declined');
		const { rows } = await app.pool.query('select reason, details from audit_log order by id desc limit 1');
		expect(rows).toEqual([{ reason: 'sso-declined', details: { connection: id } }]);
	});

	test('Entra’s addresses count where an administrator trusts them, and never one that is called unverified', async () => {
		const id = await connectTo(fake.issuer, { trustsAddresses: true });
		expect(await refusalOf(throughFake(id, { email_verified: false }))).toBe('unverified');
		expect(await refusalOf(throughFake(id, { email_verified: undefined }))).toBe('in');
	});

	test('a provider that calls itself something else is not asked', async () => {
		const id = await connectTo(fake.issuer.replace('localhost', '127.0.0.1'));
		expect(await refusalOf(start(id))).toMatch(/^unreachable: /);
		await connectTo('http://localhost:1');
		expect(await refusalOf(start(id + 1))).toBe('unreachable: discovery');
	});

	test('a connection that is off, of the other kind or not there is closed', async () => {
		const id = await connectTo(fake.issuer, {}, { enabled: false });
		expect(await refusalOf(start(id))).toBe('closed');
		expect(await refusalOf(start(99))).toBe('closed');
		expect(await refusalOf(start(NaN))).toBe('closed');
		const start2 = beginSso(app, { connection: id, kind: 'saml', returnTo: '/', again: false, ip: null });
		expect(await refusalOf(start2)).toBe('closed');
	});
});

async function addUser(role: string, more: object = {}): Promise<number> {
	const { rows } = await app.pool.query<{ id: number }>(
		`insert into users (email, name, role, password_hash, deactivated_at)
		values ($1, 'Ann', $2, 'x', $3) returning id`,
		['Ann@Clinic.example', role, 'deactivated' in more ? new Date() : null]
	);
	return rows[0]?.id ?? 0;
}

describe('whose account it opens', () => {
	test('another subject with the same address is not taken for the first', async () => {
		const id = await connectTo(fake.issuer);
		await throughFake(id);
		expect(await refusalOf(throughFake(id, { sub: 'subject-2' }))).toBe('known');
	});

	test('an account that was there is not had for its address, unless its owner signed in just now', async () => {
		const id = await connectTo(fake.issuer);
		const user = await addUser('marketer');
		expect(await refusalOf(throughFake(id))).toBe('known');
		const now = app.clock.now();
		const as = async (provedAt: number, who = user) => {
			const { location, cookie } = await start(id);
			const asked = new URL(location).searchParams;
			const state = asked.get('state') ?? '';
			fake.token.claims = { ...fake.token.claims, nonce: asked.get('nonce') };
			const back = new URLSearchParams({ code: 'c', state, iss: fake.issuer });
			const actor = { kind: 'user', id: who, name: 'Ann', role: 'marketer', provedAt } as const;
			return end(app, returnFromOidc(app, `?${back}`, cookie), actor);
		};
		expect(await refusalOf(as(now - 600_000))).toBe('known');
		expect(await refusalOf(as(now, user + 1))).toBe('known');
		expect((await as(now)).user.id).toBe(user);
		expect((await throughFake(id)).user.id).toBe(user);
	});

	test('an enforced connection has the accounts of its domains, but never an owner’s', async () => {
		const id = await connectTo(fake.issuer, {}, { enforced: true });
		const user = await addUser('owner');
		expect(await refusalOf(throughFake(id))).toBe('known');
		await app.pool.query(`update users set role = 'manager'`);
		expect((await throughFake(id)).user).toMatchObject({ id: user, role: 'manager' });
	});

	test('a deactivated account stays shut, linked or not', async () => {
		const id = await connectTo(fake.issuer, {}, { enforced: true });
		await addUser('marketer', { deactivated: true });
		expect(await refusalOf(throughFake(id))).toBe('deactivated');
		await app.pool.query('update users set deactivated_at = null');
		await throughFake(id);
		await app.pool.query('update users set deactivated_at = now()');
		expect(await refusalOf(throughFake(id))).toBe('deactivated');
	});

	test('who is in no group that counts is refused, or gets the role for the rest', async () => {
		const groups = [{ group: 'mail', role: 'marketer' }];
		const strict = await connectTo(fake.issuer, { groups, defaultRole: null });
		expect(await refusalOf(throughFake(strict, { groups: ['Mail', 'board'] }))).toBe('role');
		expect((await app.pool.query('select from users')).rowCount).toBe(0);
		await app.pool.query('update sso_connections set config = $1', [
			config(fake.issuer, { groups, defaultRole: 'manager' })
		]);
		expect((await throughFake(strict, { groups: 'board' })).user.role).toBe('manager');
		expect((await throughFake(strict, { groups: ['mail'] })).user.role).toBe('marketer');
		await app.pool.query('update sso_connections set config = $1', [
			config(fake.issuer, { groups, defaultRole: null })
		]);
		expect(await refusalOf(throughFake(strict, { groups: [] }))).toBe('role');
	});

	test('the last owner who can come in stays one, whatever the groups say', async () => {
		const groups = [
			{ group: 'board', role: 'owner' },
			{ group: 'mail', role: 'marketer' }
		];
		const id = await connectTo(fake.issuer, { groups });
		await throughFake(id, { groups: ['board'] });
		expect((await throughFake(id, { groups: ['mail'] })).user.role).toBe('owner');
		await app.pool.query(`insert into users (email, name, role) values ('b@clinic.example', 'Bob', 'owner')`);
		// Bob comes in through the provider too: while it is down nobody would.
		expect((await throughFake(id, { groups: ['mail'] })).user.role).toBe('owner');
		await app.pool.query(
			`insert into passkeys (id, user_id, name, public_key, sign_count, created_at)
			select 'bobs', id, 'Key', '', 0, now() from users where name = 'Bob'`
		);
		expect((await throughFake(id, { groups: ['mail'] })).user.role).toBe('marketer');
	});

	test('a session is as fresh as the sign-in at the provider was', async () => {
		const id = await connectTo(fake.issuer);
		const now = Math.floor(app.clock.now() / 1000);
		const told = await throughFake(id, { auth_time: now - 3600 });
		expect(told.provedAt).toBe((now - 3600) * 1000);
		expect(isFresh(actorIn(told) as UserActor, app.clock.now())).toBe(false);
		const untold = await throughFake(id);
		expect(isFresh(actorIn(untold) as UserActor, app.clock.now())).toBe(false);
		const asked = await throughFake(id, { auth_time: now });
		expect(isFresh(actorIn(asked) as UserActor, app.clock.now())).toBe(true);
	});

	test('without rows of groups, and with no role for others, who is known keeps theirs', async () => {
		const id = await connectTo(fake.issuer);
		await throughFake(id);
		await app.pool.query(`update users set role = 'operator'`);
		await app.pool.query(`update sso_connections set config = jsonb_set(config, '{defaultRole}', 'null')`);
		expect((await throughFake(id)).user.role).toBe('operator');
	});

	test('without rows of groups a role that was given here stays', async () => {
		const id = await connectTo(fake.issuer);
		await throughFake(id);
		await app.pool.query(`update users set role = 'operator'`);
		expect((await throughFake(id)).user.role).toBe('operator');
	});

	test('two first sign-ins at once make one account', async () => {
		const id = await connectTo(fake.issuer);
		const both = await Promise.all([start(id), start(id)]);
		const sign = async ({ location, cookie }: (typeof both)[number]) => {
			const asked = new URL(location).searchParams;
			const now = Math.floor(app.clock.now() / 1000);
			const claims = {
				iss: fake.issuer,
				aud: client.id,
				sub: 's',
				nonce: asked.get('nonce'),
				iat: now,
				exp: now + 60
			};
			fake.token.claims = { ...claims, email: 'ann@clinic.example', email_verified: true };
			const back = new URLSearchParams({ code: 'c', state: asked.get('state') ?? '', iss: fake.issuer });
			const returned = await returnFromOidc(app, `?${back}`, cookie);
			const told = await returned.claims();
			return { ...returned, claims: () => Promise.resolve(told) };
		};
		const [one, two] = [await sign(both[0]), await sign(both[1])];
		const sessions = await Promise.all([end(app, Promise.resolve(one)), end(app, Promise.resolve(two))]);
		expect(sessions[0].user.id).toBe(sessions[1].user.id);
	});
});
