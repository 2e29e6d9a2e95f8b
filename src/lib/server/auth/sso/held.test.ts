import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { callAs } from '../../../../../tests/support/call-as.ts';
import { cloneDatabase, testApp, type TestDatabase } from '../../../../../tests/support/database.ts';
import { common, connect, giving } from '../../../../../tests/support/sso.ts';
import type { App } from '../../app.ts';
import { createOwner } from '../owner.ts';
import { hashPassword } from '../password.ts';
import { signIn } from '../sign-in.ts';
import { listConnections } from './connections.ts';
import { HeldToSso } from './held.ts';

let database: TestDatabase;
let app: App;
let ownerId: number;
const password = 'four words in a row';
const config = {
	...giving,
	issuer: 'https://idp.example',
	clientId: 'stepwell',
	scopes: '',
	groupsClaim: '',
	trustsAddresses: false
};
const oidc = { ...common, kind: 'oidc' as const, secret: 'the client’s own secret', config };
type Input = Parameters<ReturnType<typeof callAs>['sso']['create']>[0];

beforeAll(async () => {
	database = await cloneDatabase();
	app = testApp(database.pool);
});
afterAll(() => database.drop());
beforeEach(async () => {
	await database.pool.query('truncate users, sso_connections restart identity cascade');
	ownerId = await createOwner(app, { name: 'Olga', email: 'olga@clinic.example', password });
	const hash = await hashPassword(password);
	await database.pool.query(
		`insert into users (email, name, role, password_hash) values ('ann@clinic.example', 'Ann', 'marketer', $1),
			('bob@other.example', 'Bob', 'marketer', $1)`,
		[hash]
	);
});

const giveFactor = () =>
	database.pool.query(
		`insert into totp (user_id, sealed, created_at, confirmed_at) values ($1, 'x', now(), now())`,
		[ownerId]
	);
let address = 0;
/** How the sign-in page answers. */
async function tryAs(email: string, given = password): Promise<string> {
	const call = { ip: `10.1.0.${address++}`, requestId: 'r' };
	return signIn(app, email, given, call).then(
		(token) => (token ? 'in' : 'wrong'),
		(error: unknown) => {
			if (error instanceof HeldToSso) return error.message;
			throw error;
		}
	);
}
const led = 'People of your organization sign in with “Clinic login”. Use its button below.';

test('people of an enforced domain are led to their organization, whatever the password and whoever they are', async () => {
	await giveFactor();
	await connect(app, { ...oidc, enforced: true });
	expect(await tryAs('Ann@Clinic.Example')).toBe(led);
	expect(await tryAs('ann@clinic.example', 'five words in a row')).toBe(led);
	expect(await tryAs('nobody@clinic.example')).toBe(led);
	expect(await tryAs('olga@clinic.example', 'five words in a row')).toBe(led);
	expect(await tryAs('bob@other.example')).toBe('in');
});

test('an owner with two factors comes in while the provider is down, and one without them does not', async () => {
	await giveFactor();
	await connect(app, { ...oidc, enforced: true });
	expect(await tryAs('olga@clinic.example')).toBe('in');
	await database.pool.query(`update users set role = 'owner' where email = 'ann@clinic.example'`);
	expect(await tryAs('ann@clinic.example')).toBe(led);
});

test('where no owner has two factors any more, the door is not shut on them', async () => {
	await connect(app, { ...oidc, enforced: true });
	expect(await tryAs('olga@clinic.example')).toBe('in');
	expect(await tryAs('ann@clinic.example')).toBe(led);
});

test('a connection that is off, or not enforced, holds nobody', async () => {
	await connect(app, oidc);
	await connect(app, { ...oidc, enforced: true, enabled: false });
	expect(await tryAs('ann@clinic.example')).toBe('in');
});

test('enforcing needs an owner who could come in without the provider', async () => {
	const api = callAs(app, 'owner', ownerId).sso;
	const enforced = { ...oidc, enforced: true } as Input;
	await expect(api.create(enforced)).rejects.toThrow('Nobody could come in while your provider is down');
	await giveFactor();
	await api.create(enforced);
});

test('only owners connect a provider: whoever points one elsewhere signs in as whom they like', async () => {
	const operator = callAs(app, 'operator').sso;
	await expect(operator.create(oidc as Input)).rejects.toMatchObject({ code: 'FORBIDDEN' });
	const { id } = await callAs(app, 'owner', ownerId).sso.create(oidc as Input);
	const elsewhere = { ...oidc, config: { ...config, issuer: 'https://mine.example' } } as Input;
	await expect(operator.save({ id, connection: elsewhere })).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

test('a secret is sealed, shown to nobody, and kept by a save without one', async () => {
	const api = callAs(app, 'owner', ownerId).sso;
	const { id } = await api.create(oidc as Input);
	await api.save({ id, connection: { ...oidc, name: 'Renamed', secret: null } as Input });
	const [kept] = await listConnections(app.pool);
	expect(kept).toMatchObject({ name: 'Renamed', sealedSecret: expect.any(String) });
	expect(JSON.stringify([kept, await api.list()])).not.toContain(oidc.secret);
	expect(await api.list()).toMatchObject([
		{ hasSecret: true, callback: 'http://localhost:4780/sso/oidc/callback' }
	]);
});

test.each([
	['plain HTTP elsewhere', { issuer: 'http://idp.example' }],
	['an address with a password in it', { issuer: 'https://a:b@idp.example' }],
	['another scheme', { issuer: 'file:///etc/passwd' }]
])('%s is no issuer', async (_, more) => {
	await expect(connect(app, { ...oidc, config: { ...config, ...more } })).rejects.toThrow('https://');
});
