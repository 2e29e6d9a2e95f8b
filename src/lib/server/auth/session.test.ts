import { afterAll, beforeAll, expect, test } from 'vitest';
import { cloneDatabase, SetClock, type TestDatabase } from '../../../../tests/support/database.ts';
import { createSession, endSession, findSession, SESSION_IDLE_MS, SESSION_LIFETIME_MS } from './session.ts';

let database: TestDatabase;
let userId: number;
const clock = new SetClock('2026-03-02T15:00:00Z');

beforeAll(async () => {
	database = await cloneDatabase();
	const { rows } = await database.pool.query<{ id: number }>(
		`insert into users (email, name, password_hash, role) values ('ann@clinic.example', 'Ann', '-', 'owner') returning id`
	);
	userId = rows[0]?.id ?? 0;
});
afterAll(() => database.drop());

const start = () => createSession(database.pool, userId, clock.now());
const find = (token: string) => findSession(database.pool, token, clock.now());

test('a session opens with its cookie, and only its secret’s hash is kept', async () => {
	const token = await start();
	expect((await find(token))?.user).toEqual({
		id: userId,
		name: 'Ann',
		email: 'ann@clinic.example',
		role: 'owner'
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
	clock.advance(SESSION_IDLE_MS - 1);
	expect(await find(token)).toBeDefined();
	clock.advance(SESSION_IDLE_MS);
	expect(await find(token)).toBeUndefined();
	clock.advance(-SESSION_IDLE_MS);
	expect(await find(token)).toBeUndefined();
});

test('a session in constant use is over after twelve hours', async () => {
	const token = await start();
	const step = SESSION_IDLE_MS / 2;
	for (let passed = step; passed < SESSION_LIFETIME_MS; passed += step) {
		clock.advance(step);
		expect(await find(token)).toBeDefined();
	}
	clock.advance(step);
	expect(await find(token)).toBeUndefined();
});

test('last seen is written at most once a minute', async () => {
	const token = await start();
	const seen = async () => {
		const { rows } = await database.pool.query<{ at: Date }>(
			'select last_seen_at as at from sessions where id = $1',
			[token.split('.')[0]]
		);
		return rows[0]?.at.getTime();
	};
	const first = await seen();
	clock.advance(59_000);
	await find(token);
	expect(await seen()).toBe(first);
	clock.advance(1_000);
	await find(token);
	expect(await seen()).toBe(clock.now());
});

test('what a page asks by itself keeps no session open', async () => {
	const token = await start();
	const look = () => findSession(database.pool, token, clock.now(), false);
	const step = SESSION_IDLE_MS / 4;
	for (let passed = step; passed < SESSION_IDLE_MS; passed += step) {
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
