import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { cloneDatabase, testApp, type TestDatabase } from '../../../../tests/support/database.ts';
import type { App } from '../app.ts';
import { RateLimited } from '../http/rate-limited.ts';
import { createOwner, hasUsers } from './owner.ts';
import { isPassword, newPassword } from './password.ts';
import { findSession } from './session.ts';
import { TRIES_PER_ACCOUNT } from './sign-in-limit.ts';
import { signIn, signOut } from './sign-in.ts';

let database: TestDatabase;
let app: App;
const from = (ip: string) => ({ ip, requestId: 'r' });
const owner = { name: 'Ann', email: 'Ann@Clinic.example', password: 'four words in a row' };

beforeAll(async () => {
	database = await cloneDatabase();
	app = testApp(database.pool);
});
afterAll(() => database.drop());
beforeEach(() => database.pool.query('truncate users, sessions restart identity cascade'));

test('of many first visits at once one becomes the owner', async () => {
	const visits = Array.from({ length: 8 }, (_, i) =>
		createOwner(app, { ...owner, email: `visitor${i}@clinic.example` })
	);
	const results = await Promise.allSettled(visits);
	expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
	const { rows } = await app.pool.query('select role, password_hash from users');
	expect(rows).toEqual([
		{ role: 'owner', password_hash: expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/) }
	]);
	expect(await hasUsers(app.pool)).toBe(true);
});

test('the right password starts a session, whatever the letters of the address', async () => {
	const id = await createOwner(app, owner);
	const token = await signIn(app, 'ann@clinic.EXAMPLE', owner.password, from('10.0.0.1'));
	expect((await findSession(app.pool, token ?? '', app.clock.now()))?.user.id).toBe(id);
});

test('a wrong password and an unknown address get the same answer', async () => {
	await createOwner(app, owner);
	expect(await signIn(app, owner.email, 'five words in a row', from('10.0.0.2'))).toBeNull();
	expect(await signIn(app, 'nobody@clinic.example', owner.password, from('10.0.0.2'))).toBeNull();
	const { rowCount } = await app.pool.query('select from sessions');
	expect(rowCount).toBe(0);
});

test('an unknown user costs a hash too', async () => {
	expect(await isPassword('of nobody', undefined)).toBe(false);
});

test('too many tries are refused, in every process, for this account and address only', async () => {
	await createOwner(app, owner);
	const otherProcess = testApp(database.pool);
	for (let i = 0; i < TRIES_PER_ACCOUNT; i++)
		expect(
			await signIn(i % 2 ? app : otherProcess, owner.email, 'wrong again and again', from('10.0.0.3'))
		).toBeNull();
	const refused = signIn(app, owner.email, owner.password, from('10.0.0.3'));
	await expect(refused).rejects.toBeInstanceOf(RateLimited);
	await expect(refused).rejects.toMatchObject({ status: 429, retryAfter: expect.any(Number) });
	expect(await signIn(app, owner.email, owner.password, from('10.0.0.4'))).not.toBeNull();
	expect(await signIn(app, 'other@clinic.example', owner.password, from('10.0.0.3'))).toBeNull();
});

const log = async () => {
	const { rows } = await app.pool.query(
		`select action, actor_kind as actor, actor_name as name, subject_ids as about, reason, host(ip) as ip, request_id as request
		from audit_log where host(ip) = '10.0.0.9' order by id`
	);
	return rows as Record<string, unknown>[];
};

test('set-up, signing in, each refusal and signing out are in the audit log; the address that was typed is not', async () => {
	const call = from('10.0.0.9');
	const id = String(await createOwner(app, owner, call));
	const token = (await signIn(app, owner.email, owner.password, call)) ?? '';
	await signIn(app, owner.email, 'not the password', call);
	await signIn(app, 'jane@patients.example', 'not the password', call);
	const session = await findSession(app.pool, token, app.clock.now());
	if (session) await signOut(app, session, call);
	expect(await findSession(app.pool, token, app.clock.now())).toBeUndefined();
	const ann = { actor: 'user', name: 'Ann', ip: '10.0.0.9', request: 'r' };
	const product = { actor: 'system', name: null, reason: 'password', ip: '10.0.0.9', request: 'r' };
	expect(await log()).toMatchObject([
		{ ...ann, action: 'workspace.set-up', about: [id] },
		{ ...ann, action: 'session.sign-in' },
		{ ...product, action: 'session.refuse', about: [id] },
		{ ...product, action: 'session.refuse', about: [] },
		{ ...ann, action: 'session.sign-out' }
	]);
	const { rows } = await app.pool.query<{ text: string }>('select a::text as text from audit_log a');
	expect(rows.filter(({ text }) => /jane|clinic\.example/i.test(text))).toEqual([]);
});

test('who is locked out leaves one entry, however often they go on', async () => {
	await createOwner(app, owner);
	const call = from('10.0.0.8');
	for (let i = 0; i < TRIES_PER_ACCOUNT; i++) await signIn(app, owner.email, 'wrong again and again', call);
	for (let i = 0; i < 5; i++)
		await expect(signIn(app, owner.email, owner.password, call)).rejects.toBeInstanceOf(RateLimited);
	const { rows } = await app.pool.query(
		`select count(*)::int as n from audit_log where host(ip) = '10.0.0.8' and reason = 'too-many'`
	);
	expect(rows).toEqual([{ n: 1 }]);
});

test('an owner who could not be made leaves no entry', async () => {
	await createOwner(app, owner);
	const call = { ip: '10.0.0.9', requestId: 'late' };
	await expect(createOwner(app, owner, call)).rejects.toMatchObject({ problem: { code: 'conflict' } });
	expect((await log()).filter(({ request }) => request === 'late')).toEqual([]);
});

test('the table of tries holds no address', async () => {
	await signIn(app, 'patient@clinic.example', 'whatever it may be', from('10.0.0.5'));
	const { rows } = await app.pool.query<{ key: string }>('select key from sign_in_tries');
	expect(rows.filter(({ key }) => /clinic|10\.0/.test(key))).toEqual([]);
});

test.each([
	['twelve characters', 'abcdefghijkl', true],
	['eleven characters', 'abcdefghijk', false],
	['one character many times', 'aaaaaaaaaaaaaaaa', false],
	['257 characters', 'abcdefgh'.repeat(33), false]
])('a password of %s', (_, password, ok) => {
	expect(newPassword.safeParse(password).success).toBe(ok);
});
