// One's own account over the API: what is added, what may not be taken away, and what another cookie is worth.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { callerFor } from '../../src/lib/server/api/router.ts';
import type { App } from '../../src/lib/server/app.ts';
import { defaultAccess, saveAccess } from '../../src/lib/server/auth/access-settings.ts';
import { createOwner } from '../../src/lib/server/auth/owner.ts';
import { actorIn, createSession, findSession } from '../../src/lib/server/auth/session.ts';
import { signIn } from '../../src/lib/server/auth/sign-in.ts';
import { Authenticator } from '../support/authenticator.ts';
import { cloneDatabase, SetClock, testApp, type TestDatabase } from '../support/database.ts';
import { totpCode } from '../support/totp-code.ts';

let database: TestDatabase;
let app: App;
let id: number;
const clock = new SetClock('2026-03-02T12:00:00Z');
const owner = { name: 'Ann', email: 'ann@clinic.example', password: 'four words in a row' };

beforeAll(async () => {
	database = await cloneDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
	await database.pool.query('truncate users, sessions, ceremonies, settings restart identity cascade');
	await database.pool.query('drop table if exists sign_in_tries');
	app = testApp(database.pool, clock);
	id = await createOwner(app, owner);
});

const begin = (way: 'password' | 'sso' = 'password') =>
	createSession(app.pool, { userId: id, way, proved: true, place: { ip: null } }, clock.now());
const find = (token: string) => findSession(app.pool, token, clock.now());

/** Calls as the browser with this cookie does; `cookie()` is the one that it has afterwards. */
async function browser(first: string) {
	let cookie = first;
	const session = await find(first);
	const api = callerFor({
		app,
		actor: actorIn(session),
		call: { ip: '192.0.2.7', requestId: 'r' },
		session,
		setSessionCookie: (token) => (cookie = token)
	});
	return { api, cookie: () => cookie };
}

async function addApp(api: Awaited<ReturnType<typeof browser>>['api']) {
	const { key } = await api.account.beginAuthenticator();
	return api.account.confirmAuthenticator({ code: totpCode(key, clock.now()) });
}

async function addPasskey(api: Awaited<ReturnType<typeof browser>>['api']) {
	const device = new Authenticator(app.publicUrl);
	const made = device.create(await api.account.beginPasskey());
	return { device, ...(await api.account.addPasskey({ ...made, name: 'Laptop' })) };
}

test('who must set up a second factor may do that, and then everything, by another cookie', async () => {
	const token = await begin();
	expect(await find(token)).toMatchObject({ stage: 'enrol' });
	const { api, cookie } = await browser(token);
	await expect(api.journeys.list()).rejects.toMatchObject({ code: 'FORBIDDEN' });
	expect((await addApp(api)).recoveryCodes).toHaveLength(10);
	expect(await find(token)).toBeUndefined();
	expect(await find(cookie())).toMatchObject({ stage: 'open' });
});

test('recovery codes come with the first factor alone, and new ones on demand', async () => {
	const first = await browser(await begin());
	const { recoveryCodes } = await addPasskey(first.api);
	expect(new Set(recoveryCodes)).toHaveProperty('size', 10);
	const { api } = await browser(first.cookie());
	expect(await addApp(api)).toEqual({ recoveryCodes: null });
	const renewed = (await api.account.renewRecoveryCodes()).recoveryCodes;
	expect(renewed.filter((code) => recoveryCodes?.includes(code))).toEqual([]);
	expect(await api.account.get()).toMatchObject({ recoveryCodes: 10, passkeys: [{ name: 'Laptop' }] });
});

test('the last factor stays where one is required, also when two are removed at once', async () => {
	const first = await browser(await begin());
	const { device } = await addPasskey(first.api);
	const second = await browser(first.cookie());
	await addApp(second.api);
	const { api } = await browser(second.cookie());
	const removals = await Promise.allSettled([
		api.account.removeAuthenticator(),
		api.account.removePasskey({ id: device.id })
	]);
	expect(removals.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
	const { authenticatorSince, passkeys } = await api.account.get();
	expect(Number(authenticatorSince !== null) + passkeys.length).toBe(1);
});

test('where none is required the last one may go, with its recovery codes, but not the only way in', async () => {
	await saveAccess(app.pool, { ...defaultAccess, requireSecondFactor: false });
	const first = await browser(await begin());
	await addApp(first.api);
	const { api } = await browser(first.cookie());
	await app.pool.query('update users set password_hash = null where id = $1', [id]);
	await expect(api.account.removeAuthenticator()).rejects.toMatchObject({ code: 'CONFLICT' });
	await app.pool.query(`update users set password_hash = 'x' where id = $1`, [id]);
	await api.account.removeAuthenticator();
	expect(await api.account.get()).toMatchObject({ authenticatorSince: null, recoveryCodes: 0 });
	await expect(api.account.renewRecoveryCodes()).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('nobody touches the passkeys of somebody else', async () => {
	const first = await browser(await begin());
	const { device } = await addPasskey(first.api);
	const { rows } = await app.pool.query<{ id: number }>(
		`insert into users (email, name, password_hash, role) values ('bob@clinic.example', 'Bob', 'x', 'owner') returning id`
	);
	id = rows[0]?.id ?? 0;
	const { api } = await browser(await begin());
	await expect(api.account.removePasskey({ id: device.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
	await expect(api.account.renamePasskey({ id: device.id, name: 'Mine' })).rejects.toMatchObject({
		code: 'NOT_FOUND'
	});
	expect((await api.account.get()).passkeys).toEqual([]);
});

test('another password needs the present one, and ends every other session', async () => {
	const [here, there] = [await begin(), await begin()];
	const { api, cookie } = await browser(here);
	const change = (old: string, password: string) => api.account.changePassword({ old, password });
	await expect(change('not it at all', 'five words in a row')).rejects.toMatchObject({
		cause: { problem: { path: '/old' } }
	});
	await expect(change(owner.password, 'qwerty123456')).rejects.toMatchObject({
		cause: { problem: { path: '/password' } }
	});
	await expect(change(owner.password, 'Ann@clinic.example')).rejects.toMatchObject({
		cause: { problem: { path: '/password' } }
	});
	expect(await find(there)).toBeDefined();
	const provedAt = (await find(here))?.provedAt;
	clock.advance(60_000);
	expect(await change(owner.password, 'five words in a row')).toEqual({ ended: 1 });
	expect([await find(here), await find(there)]).toEqual([undefined, undefined]);
	expect(await find(cookie()), 'a password is not all of the factors').toMatchObject({ provedAt });
	const call = { ip: '192.0.2.8', requestId: null };
	expect(await signIn(app, owner.email, owner.password, call)).toBeNull();
	expect(await signIn(app, owner.email, 'five words in a row', call)).not.toBeNull();
});

test('a stale session steps up by its factor, and by its password where there is none', async () => {
	await saveAccess(app.pool, { ...defaultAccess, requireSecondFactor: false });
	const first = await browser(await begin());
	clock.advance(5 * 60_000);
	await expect(first.api.keys.create({ name: 'Lab' })).rejects.toMatchObject({
		cause: { problem: { code: 'auth.step-up' } }
	});
	expect(await first.api.account.waysToStepUp()).toMatchObject({
		password: true,
		totp: false,
		passkey: null
	});
	await first.api.account.stepUp({ kind: 'password', password: owner.password });
	const second = await browser(first.cookie());
	expect(await second.api.keys.create({ name: 'Lab' })).toHaveProperty('key');

	const { device } = await addPasskey(second.api);
	clock.advance(5 * 60_000);
	const third = await browser(second.cookie());
	const ways = await third.api.account.waysToStepUp();
	expect(ways).toMatchObject({ password: false, recovery: true, totp: false });
	await expect(third.api.account.stepUp({ kind: 'password', password: owner.password })).rejects.toThrow();
	if (!ways.passkey) throw new Error('The passkey was not asked for.');
	await third.api.account.stepUp({ kind: 'passkey', ...device.use(ways.passkey) });
	expect(await find(third.cookie())).toMatchObject({ provedAt: clock.now() });
});

test('whom their organisation vouched for is told to sign in anew', async () => {
	const { api } = await browser(await begin('sso'));
	expect(await api.account.waysToStepUp()).toMatchObject({ signIn: true, password: false });
});
