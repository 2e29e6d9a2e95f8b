import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { cloneDatabase, SetClock, testApp, type TestDatabase } from '../../../../tests/support/database.ts';
import { addMember } from '../../../../tests/support/team.ts';
import { totpCode } from '../../../../tests/support/totp-code.ts';
import { inTransaction } from '../db/db.ts';
import type { App } from '../app.ts';
import { beginTotp, confirmTotp, useTotp } from './totp.ts';

const STEP_MS = 30_000;
const NOON = Date.parse('2026-03-02T12:00:00Z');

let database: TestDatabase;
let app: App;
let id: number;
let key: string;
const clock = new SetClock(NOON);

beforeAll(async () => {
	database = await cloneDatabase();
	app = testApp(database.pool, clock);
	({ id } = await addMember(app, 'Ann', 'owner'));
});
afterAll(() => database.drop());

const begin = () => beginTotp(app.pool, app.secret, { id, email: 'ann@clinic.example' }, clock.now());
const use = (code: string) => useTotp(app.pool, app.secret, id, code, clock.now());
const confirm = (code: string) => confirmTotp(app.pool, app.secret, id, code, clock.now());

beforeEach(async () => {
	clock.set(NOON);
	await app.pool.query('delete from totp');
	key = (await begin())?.key ?? '';
	await confirm(totpCode(key, NOON));
	clock.advance(10 * STEP_MS);
});

test.each([
	['two steps before', -2, false],
	['the step before', -1, true],
	['this step', 0, true],
	['the step after', 1, true],
	['two steps after', 2, false]
])('a code of %s', async (_, steps, taken) => {
	expect(await use(totpCode(key, clock.now() + steps * STEP_MS))).toBe(taken);
});

test('a code is taken once, and none of a step before it afterwards', async () => {
	const [before, now, after] = [-1, 0, 1].map((step) => totpCode(key, clock.now() + step * STEP_MS));
	expect(await use(now ?? '')).toBe(true);
	expect(await use(now ?? '')).toBe(false);
	expect(await use(before ?? '')).toBe(false);
	expect(await use(after ?? '')).toBe(true);
});

test('the code that confirmed is not taken again', async () => {
	await app.pool.query('delete from totp');
	key = (await begin())?.key ?? '';
	const code = totpCode(key, clock.now());
	expect(await confirm(code)).toBe(true);
	expect(await use(code)).toBe(false);
});

test('of two processes that race with one code, one wins', async () => {
	const code = totpCode(key, clock.now());
	const tries = Array.from({ length: 8 }, () =>
		inTransaction(app.pool, (tx) => useTotp(tx, app.secret, id, code, clock.now()))
	);
	expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
});

test('blanks are no fault, anything else is', async () => {
	const code = totpCode(key, clock.now());
	expect(await use(`${code}0`)).toBe(false);
	expect(await use('')).toBe(false);
	expect(await use('abcdef')).toBe(false);
	expect(await use(`${code.slice(0, 3)} ${code.slice(3)} `)).toBe(true);
});

test('what was begun and never confirmed is no factor, and a new one takes its place', async () => {
	await app.pool.query('delete from totp');
	const first = (await begin())?.key ?? '';
	expect(await use(totpCode(first, clock.now()))).toBe(false);
	const second = (await begin())?.key ?? '';
	expect(await confirm(totpCode(first, clock.now()))).toBe(false);
	expect(await confirm(totpCode(second, clock.now()))).toBe(true);
	expect(await begin(), 'one that is in use is not replaced').toBeUndefined();
});

test('the key is sealed, and opens for its purpose only', async () => {
	const { rows } = await app.pool.query<{ row: string }>('select t::text as row from totp t');
	expect(rows[0]?.row).not.toContain(key);
	await app.pool.query('update totp set sealed = $1', ['A'.repeat(80)]);
	await expect(use(totpCode(key, clock.now()))).rejects.toThrow();
});

test('the QR code is of an address that apps know', async () => {
	await app.pool.query('delete from totp');
	const begun = await begin();
	expect(begun?.key).toMatch(/^[A-Z2-7]{32}$/);
	expect(begun?.qr.size).toBeGreaterThan(30);
	expect(begun?.qr.path).toMatch(/^(M\d+ \d+h1v1h-1z)+$/);
});
