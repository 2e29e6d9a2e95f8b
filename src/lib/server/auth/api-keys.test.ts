import { afterAll, beforeAll, expect, test } from 'vitest';
import { cloneDatabase, SetClock, testApp, type TestDatabase } from '../../../../tests/support/database.ts';
import type { App } from '../app.ts';
import { ApiKeys, createApiKey, listApiKeys, revokeApiKey } from './api-keys.ts';

let database: TestDatabase;
let app: App;
const clock = new SetClock('2026-03-02T15:00:00Z');

beforeAll(async () => {
	database = await cloneDatabase();
	app = testApp(database.pool, clock);
});
afterAll(() => database.drop());

const make = (name = 'Lab') => createApiKey(app.pool, name, null, clock.now());

test('a key speaks for itself, and the database does not have its secret', async () => {
	const { id, key } = await make();
	expect(key).toMatch(/^sw_live_[a-z0-9]{12}_[a-z0-9]{40}$/);
	expect(await new ApiKeys(app).verify(`Bearer ${key}`)).toEqual({ kind: 'key', id, name: 'Lab' });
	const { rows } = await app.pool.query<{ row: string }>('select k::text as row from api_keys k');
	expect(rows.some(({ row }) => row.includes(key.slice(-40)))).toBe(false);
});

test.each([
	['no header', () => null],
	['another scheme', (key: string) => `Basic ${key}`],
	['another secret', (key: string) => `Bearer ${key.slice(0, -40)}${'a'.repeat(40)}`],
	['an unknown id', (key: string) => `Bearer sw_live_${'a'.repeat(12)}_${key.slice(-40)}`],
	['half a key', (key: string) => `Bearer ${key.slice(0, 30)}`]
])('%s speaks for nobody', async (_, header) => {
	expect(await new ApiKeys(app).verify(header((await make()).key))).toBeNull();
});

test('a revoked key is refused from that moment on, and stays in the list', async () => {
	const { id, key } = await make('Old');
	const keys = new ApiKeys(app);
	expect(await keys.verify(`Bearer ${key}`)).not.toBeNull();
	expect(await revokeApiKey(app.pool, id, clock.now())).toBe(true);
	expect(await keys.verify(`Bearer ${key}`)).toBeNull();
	expect(await revokeApiKey(app.pool, id, clock.now())).toBe(false);
	expect((await listApiKeys(app.pool)).find((each) => each.id === id)?.revokedAt).toEqual(
		new Date(clock.now())
	);
});

test('while the database is away, a key that this process has seen is believed, and no other', async () => {
	let away = false;
	const pool = new Proxy(app.pool, {
		get(target, name, receiver) {
			if (name === 'query' && away)
				return () => Promise.reject(Object.assign(new Error(), { code: 'ECONNREFUSED' }));
			const value: unknown = Reflect.get(target, name, receiver);
			return typeof value === 'function' ? value.bind(target) : value;
		}
	});
	const keys = new ApiKeys({ ...app, pool });
	const [seen, unseen] = [await make('Seen'), await make('Unseen')];
	await keys.verify(`Bearer ${seen.key}`);
	away = true;
	expect(await keys.verify(`Bearer ${seen.key}`)).toMatchObject({ name: 'Seen' });
	expect(await keys.verify(`Bearer ${seen.key.slice(0, -40)}${'a'.repeat(40)}`)).toBeNull();
	await expect(keys.verify(`Bearer ${unseen.key}`)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
