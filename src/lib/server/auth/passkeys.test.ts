import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Authenticator, type Wrong } from '../../../../tests/support/authenticator.ts';
import { cloneDatabase, SetClock, testApp, type TestDatabase } from '../../../../tests/support/database.ts';
import { addMember } from '../../../../tests/support/team.ts';
import type { App } from '../app.ts';
import { CEREMONY_MS } from './ceremonies.ts';
import { addPasskey, beginPasskey, beginPasskeyUse, usePasskey } from './passkeys.ts';

let database: TestDatabase;
let app: App;
let ann: number;
let bob: number;
let device: Authenticator;
const clock = new SetClock('2026-03-02T12:00:00Z');

beforeAll(async () => {
	database = await cloneDatabase();
	app = testApp(database.pool, clock);
	ann = (await addMember(app, 'Ann', 'owner')).id;
	bob = (await addMember(app, 'Bob', 'marketer')).id;
});
afterAll(() => database.drop());

const askToAdd = (id = ann) => beginPasskey(app.pool, app, { id, name: 'Ann', email: 'ann@clinic.example' });
const askToUse = (id: number | null = null) => beginPasskeyUse(app.pool, app, id);
const add = (answer: ReturnType<Authenticator['create']>, id = ann) =>
	addPasskey(app.pool, app, id, answer, 'Laptop');
const use = (answer: ReturnType<Authenticator['use']>, id: number | null = null) =>
	usePasskey(app.pool, app, answer, id);

beforeEach(async () => {
	await app.pool.query('truncate passkeys, ceremonies');
	device = new Authenticator(app.publicUrl);
	expect(await add(device.create(await askToAdd()))).toBe(device.id);
});

test('asks for a key that stays on the device, opened by its owner, and not one that is there already', async () => {
	const { options } = await askToAdd();
	expect(options).toMatchObject({
		rp: { id: 'localhost' },
		authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
		excludeCredentials: [{ id: device.id, transports: ['internal'] }]
	});
	expect((await askToUse()).options).toMatchObject({ rpId: 'localhost', userVerification: 'required' });
	expect((await askToUse()).options.allowCredentials).toBeUndefined();
	expect((await askToUse(ann)).options.allowCredentials).toMatchObject([{ id: device.id }]);
});

test('says whose it is, and when it was used', async () => {
	expect(await use(device.use(await askToUse()))).toMatchObject({ id: ann, name: 'Ann' });
	const { rows } = await app.pool.query('select sign_count as count, last_used_at as at from passkeys');
	expect(rows).toEqual([{ count: 1, at: new Date(clock.now()) }]);
});

const wrongs: [string, Wrong][] = [
	['of another origin', { origin: 'https://stepwell.evil.example' }],
	['of another port', { origin: 'http://localhost:4781' }],
	['for another relying party', { rpId: 'evil.example' }],
	['to another challenge', { challenge: 'c29tZXRoaW5nLWVsc2U' }],
	['without a finger, a face or a PIN', { unverified: true }],
	['of another kind', { type: 'payment.get' }]
];

test.each(wrongs)('an answer %s is refused, added or used', async (_, wrong) => {
	expect(await use(device.use(await askToUse(), wrong))).toBeUndefined();
	expect(await add(new Authenticator(app.publicUrl).create(await askToAdd(), wrong))).toBeUndefined();
});

test('a counter that goes back or stands still is a copy, and refused', async () => {
	device.counter = 7;
	expect(await use(device.use(await askToUse()))).toBeDefined();
	expect(await use(device.use(await askToUse(), { counter: 8 }))).toBeUndefined();
	expect(await use(device.use(await askToUse(), { counter: 3 }))).toBeUndefined();
	expect(await use(device.use(await askToUse(), { counter: 0 }))).toBeUndefined();
	expect(await use(device.use(await askToUse()))).toBeDefined();
});

test('a device without a counter always says 0', async () => {
	for (let i = 0; i < 2; i++) expect(await use(device.use(await askToUse(), { counter: 0 }))).toBeDefined();
});

test('an answer is taken once', async () => {
	const answer = device.use(await askToUse());
	const taken = await Promise.all([use(answer), use(answer), use(answer)]);
	expect(taken.filter(Boolean)).toHaveLength(1);
	expect(await use(answer)).toBeUndefined();
	const made = new Authenticator(app.publicUrl).create(await askToAdd());
	expect(await add(made)).toBeDefined();
	expect(await add(made)).toBeUndefined();
});

test('a challenge is used up by a wrong answer too', async () => {
	const asked = await askToUse();
	expect(await use(device.use(asked, { origin: 'https://evil.example' }))).toBeUndefined();
	expect(await use(device.use(asked))).toBeUndefined();
});

test('five minutes later it is too late', async () => {
	const asked = await askToUse();
	clock.advance(CEREMONY_MS);
	expect(await use(device.use(asked))).toBeUndefined();
});

test('what was asked of one person is not answered by another, nor for another purpose', async () => {
	expect(await use(device.use(await askToUse(bob)), ann)).toBeUndefined();
	expect(await use(device.use(await askToUse(ann)), bob)).toBeUndefined();
	expect(await use(device.use(await askToUse(bob)), bob)).toBeUndefined();
	expect(await use(device.use(await askToUse(ann)))).toBeUndefined();
	expect(await use(device.use(await askToUse(null)), ann)).toBeUndefined();
	expect(await add(new Authenticator(app.publicUrl).create(await askToAdd(bob)))).toBeUndefined();
	expect(await use(device.use(await askToAdd()))).toBeUndefined();
});

test('another device that says it is this one does not have its key', async () => {
	const thief = Object.assign(new Authenticator(app.publicUrl), { id: device.id });
	thief.counter = 100;
	expect(await use(thief.use(await askToUse()))).toBeUndefined();
});

test('a passkey of somebody who was deactivated opens nothing', async () => {
	await app.pool.query('update users set deactivated_at = now() where id = $1', [ann]);
	expect(await use(device.use(await askToUse()))).toBeUndefined();
	await app.pool.query('update users set deactivated_at = null where id = $1', [ann]);
});

test('a key of somebody else can’t be added', async () => {
	expect(await add(device.create(await askToAdd(bob)), bob)).toBeUndefined();
});
