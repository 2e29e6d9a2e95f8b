import { afterAll, beforeAll, expect, test } from 'vitest';
import { cloneDatabase, SetClock, type TestDatabase } from '../../../../tests/support/database.ts';
import { defaultAccess, saveAccess } from './access-settings.ts';
import {
	actorIn,
	createSession,
	endSession,
	endSessionsOf,
	findSession,
	rotateSession,
	SECOND_FACTOR_MS,
	SEEN_EVERY_MS,
	SESSION_LIFETIME_MS
} from './session.ts';

const IDLE_MS = 15 * 60_000;
const byPassword = { ...defaultAccess, requireSecondFactor: false };

let database: TestDatabase;
let userId: number;
const clock = new SetClock('2026-03-02T15:00:00Z');

beforeAll(async () => {
	database = await cloneDatabase();
	await saveAccess(database.pool, byPassword);
	const { rows } = await database.pool.query<{ id: number }>(
		`insert into users (email, name, password_hash, role) values ('ann@clinic.example', 'Ann', '-', 'owner') returning id`
	);
	userId = rows[0]?.id ?? 0;
});
afterAll(() => database.drop());

const start = (proved = true) =>
	createSession(
		database.pool,
		{ userId, way: 'password', proved, place: { ip: '192.0.2.7', agent: 'Firefox' } },
		clock.now()
	);
const find = (token: string) => findSession(database.pool, token, clock.now());

test('a session opens with its cookie, and only its secret’s hash is kept', async () => {
	const token = await start();
	expect((await find(token))?.user).toEqual({
		id: userId,
		name: 'Ann',
		email: 'ann@clinic.example',
		role: 'owner',
		emergency: null
	});
	const { rows } = await database.pool.query<{ row: string }>('select s::text as row from sessions s');
	const secret = token.split('.')[1] ?? '';
	expect(rows.some(({ row }) => row.includes(secret))).toBe(false);
});

test.each([
	['another secret', (token: string) => `${token.split('.')[0]}.${'a'.repeat(24)}`],
	['no secret', (token: string) => `${token.split('.')[0]}.`],
	['only an id', (token: string) => token.split('.')[0] ?? ''],
	['an unknown id', (token: string) => `${'z'.repeat(24)}.${token.split('.')[1]}`],
	['a third part', (token: string) => `${token}.x`],
	['the hash itself', (token: string) => `${token.split('.')[0]}.${'00'.repeat(32)}`],
	['nothing', () => '']
])('a forged cookie with %s opens nothing', async (_, forge) => {
	expect(await find(forge(await start()))).toBeUndefined();
});

test('an idle session is over, and its row is gone', async () => {
	const token = await start();
	clock.advance(IDLE_MS - 1);
	expect(await find(token)).toBeDefined();
	clock.advance(IDLE_MS);
	expect(await find(token)).toBeUndefined();
	clock.advance(-IDLE_MS);
	expect(await find(token)).toBeUndefined();
});

test('a session in constant use is over after twelve hours', async () => {
	const token = await start();
	const step = IDLE_MS / 2;
	for (let passed = step; passed < SESSION_LIFETIME_MS; passed += step) {
		clock.advance(step);
		expect(await find(token)).toBeDefined();
	}
	clock.advance(step);
	expect(await find(token)).toBeUndefined();
});

test('last seen is written now and then, not at each request', async () => {
	const token = await start();
	const seen = async () => {
		const { rows } = await database.pool.query<{ at: Date }>(
			'select last_seen_at as at from sessions where id = $1',
			[token.split('.')[0]]
		);
		return rows[0]?.at.getTime();
	};
	const first = await seen();
	clock.advance(SEEN_EVERY_MS - 1);
	await find(token);
	expect(await seen()).toBe(first);
	clock.advance(1);
	await find(token);
	expect(await seen()).toBe(clock.now());
});

test('what a page asks by itself keeps no session open', async () => {
	const token = await start();
	const look = () => findSession(database.pool, token, clock.now(), false);
	const step = IDLE_MS / 4;
	for (let passed = step; passed < IDLE_MS; passed += step) {
		clock.advance(step);
		expect(await look()).toBeDefined();
	}
	clock.advance(step);
	expect(await look()).toBeUndefined();
});

test('an ended session opens nothing', async () => {
	const token = await start();
	await endSession(database.pool, token.split('.')[0] ?? '');
	expect(await find(token)).toBeUndefined();
});

test('a session is idle as long as the setting says, and never longer than its 12 hours', async () => {
	await saveAccess(database.pool, { ...byPassword, idleMinutes: 5 });
	const token = await start();
	expect((await find(token))?.idleAt).toBe(clock.now() + 5 * 60_000);
	clock.advance(5 * 60_000);
	expect(await find(token)).toBeUndefined();
	await saveAccess(database.pool, byPassword);
});

test('before the second factor nothing is open, and nobody calls', async () => {
	const session = await find(await start(false));
	expect(session).toMatchObject({ stage: 'second-factor', provedAt: null });
	expect(actorIn(session)).toBeNull();
});

test('who has no second factor where one is asked for may only set one up', async () => {
	await saveAccess(database.pool, defaultAccess);
	const token = await start();
	expect(await find(token)).toMatchObject({ stage: 'enrol' });
	expect(actorIn(await find(token))).toMatchObject({ isEnrolling: true });
	await database.pool.query(
		`insert into passkeys (id, user_id, name, public_key, sign_count, created_at) values ('k', $1, 'Key', '', 0, now())`,
		[userId]
	);
	expect(await find(token)).toMatchObject({ stage: 'open' });
	await database.pool.query('delete from passkeys');
	await saveAccess(database.pool, byPassword);
});

test('who gave the password has ten minutes for the second factor, used or not', async () => {
	const token = await start(false);
	clock.advance(SECOND_FACTOR_MS - 1);
	expect(await find(token)).toMatchObject({ endsAt: clock.now() + 1 });
	clock.advance(1);
	expect(await find(token)).toBeUndefined();
});

test('after a rotation only the new cookie opens the session, whose twelve hours go on', async () => {
	const token = await start();
	const before = await find(token);
	clock.advance(60_000);
	const rotated = before && (await rotateSession(database.pool, before, clock.now()));
	expect(await find(token)).toBeUndefined();
	expect(await find(rotated ?? '')).toMatchObject({
		stage: 'open',
		provedAt: clock.now(),
		endsAt: before?.endsAt
	});
	// Somebody else holds the first one still: what they ask for can't bring it back.
	expect(before && (await rotateSession(database.pool, before, clock.now()))).toBeUndefined();
});

test('somebody who is deactivated has no session left', async () => {
	const token = await start();
	await database.pool.query('update users set deactivated_at = now()');
	expect(await find(token)).toBeUndefined();
	await database.pool.query('update users set deactivated_at = null');
	expect(await find(token)).toBeUndefined();
});

test('emergency access is seen while it lasts', async () => {
	const token = await start();
	const { rows } = await database.pool.query<{ id: number }>(
		'insert into emergencies (user_id, began_at, ends_at) values ($1, $2, $3) returning id',
		[userId, new Date(clock.now()), new Date(clock.now() + 60_000)]
	);
	expect((await find(token))?.user.emergency).toBe(rows[0]?.id);
	clock.advance(60_000);
	expect((await find(token))?.user.emergency).toBeNull();
});

test('all sessions of somebody end but the one in use', async () => {
	const [mine, other] = [await start(), await start()];
	await endSessionsOf(database.pool, userId, mine.split('.')[0]);
	expect(await find(mine)).toBeDefined();
	expect(await find(other)).toBeUndefined();
});
