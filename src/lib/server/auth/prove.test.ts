import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Authenticator } from '../../../../tests/support/authenticator.ts';
import { cloneDatabase, SetClock, testApp, type TestDatabase } from '../../../../tests/support/database.ts';
import { totpCode } from '../../../../tests/support/totp-code.ts';
import type { App } from '../app.ts';
import { RateLimited } from '../http/rate-limited.ts';
import { createOwner } from './owner.ts';
import { addPasskey, beginPasskey, beginPasskeyUse } from './passkeys.ts';
import { isFresh } from './permissions.ts';
import { prove, type Proof } from './prove.ts';
import { makeRecoveryCodes, RECOVERY_CODES } from './recovery-codes.ts';
import { actorIn, createSession, findSession, type Session } from './session.ts';
import { signIn, signInByPasskey } from './sign-in.ts';
import { TRIES_OF_FACTORS } from './sign-in-limit.ts';
import { beginTotp, confirmTotp } from './totp.ts';

let database: TestDatabase;
let app: App;
let id: number;
let key: string;
let codes: string[];
const clock = new SetClock('2026-03-02T12:00:00Z');
const call = { ip: '192.0.2.7', requestId: 'r' };
const owner = { name: 'Ann', email: 'ann@clinic.example', password: 'four words in a row' };

beforeAll(async () => {
	database = await cloneDatabase();
	app = testApp(database.pool, clock);
});
afterAll(() => database.drop());

beforeEach(async () => {
	await app.pool.query('truncate users, sessions, ceremonies restart identity cascade');
	await app.pool.query('drop table if exists sign_in_tries');
	app = testApp(database.pool, clock);
	id = await createOwner(app, owner);
	key = (await beginTotp(app.pool, app.secret, { id, email: owner.email }, clock.now()))?.key ?? '';
	await confirmTotp(app.pool, app.secret, id, totpCode(key, clock.now()), clock.now());
	codes = await makeRecoveryCodes(app.pool, id, clock.now());
	clock.advance(60_000);
});

const find = async (token: string | null) => findSession(app.pool, token ?? '', clock.now());

/** The session after the right password, and its cookie. */
async function password(): Promise<{ token: string; session: Session }> {
	const token = (await signIn(app, owner.email, owner.password, call)) ?? '';
	const session = await find(token);
	if (!session) throw new Error('The password was refused.');
	return { token, session };
}

async function signInWith(proof: Proof): Promise<string | null> {
	const { session } = await password();
	return prove(app, session, proof, 'session.sign-in', call);
}

const entries = async () =>
	(
		await app.pool.query(
			`select action, actor_name as who, reason, details from audit_log
			where action like any(array['session.%', 'recovery%', 'factor%']) order by id`
		)
	).rows as Record<string, unknown>[];

test('the password alone opens nothing; with the code all is open, by another cookie', async () => {
	const { token, session } = await password();
	expect(session.stage).toBe('second-factor');
	const code = totpCode(key, clock.now());
	const after = await prove(app, session, { kind: 'totp', code }, 'session.sign-in', call);
	expect(after).not.toBe(token);
	expect(after?.split('.')[0]).not.toBe(token.split('.')[0]);
	expect(await find(token), 'whoever planted the cookie of before has nothing').toBeUndefined();
	expect(await find(after)).toMatchObject({ stage: 'open', provedAt: clock.now() });
});

test('each way of signing in and each refusal is in the log, and no code is', async () => {
	const before = (await entries()).length;
	const code = totpCode(key, clock.now());
	await signInWith({ kind: 'totp', code });
	await signInWith({ kind: 'totp', code });
	await signInWith({ kind: 'recovery', code: codes[0] ?? '' });
	const user = { who: 'Ann' };
	expect((await entries()).slice(before)).toMatchObject([
		{ ...user, action: 'session.password' },
		{ ...user, action: 'session.sign-in', details: { factor: 'totp' } },
		{ ...user, action: 'session.password' },
		{ who: null, action: 'factor.refuse', reason: 'wrong', details: { factor: 'totp' } },
		{ ...user, action: 'session.password' },
		{ ...user, action: 'session.sign-in', details: { factor: 'recovery' } },
		{ ...user, action: 'recovery-code.use' }
	]);
	const { rows } = await app.pool.query<{ row: string }>('select a::text as row from audit_log a');
	const secrets = [code, codes[0] ?? '', key];
	expect(rows.filter(({ row }) => secrets.some((secret) => row.includes(`"${secret}"`)))).toEqual([]);
});

test('a recovery code opens once, however it is typed, and only its hash is kept', async () => {
	const [first = '', second = ''] = codes;
	expect(codes).toHaveLength(RECOVERY_CODES);
	const typed = first.toUpperCase().replaceAll('-', ' ');
	expect(await signInWith({ kind: 'recovery', code: typed })).not.toBeNull();
	expect(await signInWith({ kind: 'recovery', code: first })).toBeNull();
	const { rows } = await app.pool.query<{ row: string }>('select r::text as row from recovery_codes r');
	expect(rows).toHaveLength(RECOVERY_CODES - 1);
	expect(rows.some(({ row }) => row.includes(second))).toBe(false);
	await makeRecoveryCodes(app.pool, id, clock.now());
	expect(await signInWith({ kind: 'recovery', code: second }), 'new ones end the old').toBeNull();
});

test('of two that race with one recovery code, one wins', async () => {
	const sessions = [await password(), await password(), await password()];
	const proof = { kind: 'recovery', code: codes[0] ?? '' } as const;
	const taken = await Promise.all(
		sessions.map(({ session }) => prove(app, session, proof, 'session.sign-in', call))
	);
	expect(taken.filter(Boolean)).toHaveLength(1);
});

test('a password is no second factor', async () => {
	expect(await signInWith({ kind: 'password', password: owner.password })).toBeNull();
});

test('somebody else’s factor opens nothing', async () => {
	const { rows } = await app.pool.query<{ id: number }>(
		`insert into users (email, name, password_hash, role) values ('bob@clinic.example', 'Bob', 'x', 'owner') returning id`
	);
	const bob = rows[0]?.id ?? 0;
	const [code = ''] = await makeRecoveryCodes(app.pool, bob, clock.now());
	expect(await signInWith({ kind: 'recovery', code })).toBeNull();
});

test('too many tries are refused from wherever they come, in every process, with one entry', async () => {
	const { session } = await password();
	const other = testApp(database.pool, clock);
	const guess = (on: App, ip: string) =>
		prove(on, session, { kind: 'totp', code: '000000' }, 'session.sign-in', { ip, requestId: null });
	for (let i = 0; i < TRIES_OF_FACTORS; i++)
		expect(await guess(i % 2 ? app : other, `198.51.100.${i}`)).toBeNull();
	const before = (await entries()).length;
	for (let i = 0; i < 3; i++)
		await expect(guess(app, '198.51.100.99')).rejects.toMatchObject({ status: 429 });
	expect((await entries()).slice(before)).toMatchObject([{ action: 'factor.refuse', reason: 'too-many' }]);
	const right = { kind: 'totp', code: totpCode(key, clock.now()) } as const;
	await expect(prove(app, session, right, 'session.sign-in', call)).rejects.toBeInstanceOf(RateLimited);
});

async function passkey(): Promise<Authenticator> {
	const device = new Authenticator(app.publicUrl);
	const user = { id, name: owner.name, email: owner.email };
	await addPasskey(app.pool, app, id, device.create(await beginPasskey(app.pool, app, user)), 'Laptop');
	return device;
}

test('a passkey signs in by itself, and all is open', async () => {
	const device = await passkey();
	const answer = device.use(await beginPasskeyUse(app.pool, app, null));
	const token = await signInByPasskey(app, answer, call);
	expect(await find(token)).toMatchObject({ stage: 'open', way: 'passkey', user: { id } });
	expect(await signInByPasskey(app, answer, call)).toBeNull();
	expect((await entries()).slice(-2)).toMatchObject([
		{ who: 'Ann', action: 'session.sign-in', details: { factor: 'passkey' } },
		{ who: null, action: 'session.refuse', reason: 'passkey' }
	]);
});

test('a passkey is a second factor too', async () => {
	const device = await passkey();
	const answer = device.use(await beginPasskeyUse(app.pool, app, id));
	expect(await signInWith({ kind: 'passkey', ...answer })).not.toBeNull();
});

test('showing it once more makes the session fresh, by another cookie', async () => {
	const token = await signInWith({ kind: 'totp', code: totpCode(key, clock.now()) });
	clock.advance(6 * 60_000);
	const session = await find(token);
	const actor = actorIn(session);
	expect(actor && isFresh(actor, clock.now())).toBe(false);
	if (!session) throw new Error('The session ended.');
	const code = totpCode(key, clock.now());
	const after = await prove(app, session, { kind: 'totp', code }, 'session.step-up', call);
	expect(await find(token)).toBeUndefined();
	const now = actorIn(await find(after));
	expect(now && isFresh(now, clock.now())).toBe(true);
	expect((await entries()).at(-1)).toMatchObject({ action: 'session.step-up', details: { factor: 'totp' } });
});

test('who has no factor shows the password again, unless their organisation vouched for them', async () => {
	await app.pool.query('delete from totp');
	const proof = { kind: 'password', password: owner.password } as const;
	const { session } = await password();
	expect(
		await prove(app, session, { ...proof, password: 'not it at all' }, 'session.step-up', call)
	).toBeNull();
	expect(await prove(app, session, proof, 'session.step-up', call)).not.toBeNull();
	const sso = { userId: id, way: 'sso', proved: true, place: { ip: null } } as const;
	const vouched = await find(await createSession(app.pool, sso, clock.now()));
	if (!vouched) throw new Error('There is no session.');
	expect(await prove(app, vouched, proof, 'session.step-up', call)).toBeNull();
});
