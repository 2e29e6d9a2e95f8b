import { afterAll, beforeAll, expect, test } from 'vitest';
import { cloneDatabase, type TestDatabase } from '../../../../tests/support/database.ts';
import { openPool } from '../db/db.ts';
import { RateLimited } from './rate-limited.ts';
import { SharedLimit } from './shared-limit.ts';

let database: TestDatabase;
beforeAll(async () => void (database = await cloneDatabase()));
afterAll(() => database.drop());

const allowance = { kind: 'test', points: 30, seconds: 60, share: 10 };
const now = 1_780_000_000_000;

async function spendUntilRefused(limits: SharedLimit[], key: string): Promise<number> {
	for (let spent = 0; ; spent++)
		try {
			await limits[spent % limits.length]?.spend(key, now, 'Enough.');
		} catch (error) {
			expect(error).toBeInstanceOf(RateLimited);
			expect((error as RateLimited).retryAfter).toBeGreaterThan(0);
			expect((error as RateLimited).retryAfter).toBeLessThanOrEqual(60);
			return spent;
		}
}

test('one more than is allowed is refused, and told when to come back', async () => {
	const limit = new SharedLimit(database.pool, allowance);
	expect(await spendUntilRefused([limit], 'one')).toBe(30);
	await expect(limit.spend('another', now, 'Enough.')).resolves.toBeUndefined();
	await expect(limit.spend('one', now + 61_000, 'Enough.'), 'the database’s clock counts').rejects.toThrow(
		RateLimited
	);
});

test('many processes give together what one would, and never more', async () => {
	const pools = [openPool(database.url, 1), openPool(database.url, 1), openPool(database.url, 1)];
	const limits = pools.map((pool) => new SharedLimit(pool, allowance));
	expect(await spendUntilRefused(limits, 'shared')).toBe(30);
	// Four at once, all of whom ask: three shares are all there is.
	const late = new SharedLimit(database.pool, allowance);
	const all = [...limits, late].flatMap((limit) =>
		Array.from({ length: 30 }, () => limit.spend('crowd', now, 'Enough.'))
	);
	const given = (await Promise.allSettled(all)).filter(({ status }) => status === 'fulfilled').length;
	expect(given).toBe(30);
	for (const pool of pools) await pool.end();
});

test('a share costs the database one question, however many spend from it', async () => {
	let asked = 0;
	const pool = new Proxy(database.pool, {
		get(target, name) {
			const value: unknown = Reflect.get(target, name);
			if (name !== 'query') return typeof value === 'function' ? value.bind(target) : value;
			asked++;
			return target.query.bind(target);
		}
	});
	const limit = new SharedLimit(pool, { ...allowance, points: 1000, share: 500 });
	await Promise.all(Array.from({ length: 500 }, () => limit.spend('busy', now, 'Enough.')));
	expect(asked).toBe(1);
});

test('while the database is away each process counts for itself', async () => {
	const away = openPool('postgres://nobody@127.0.0.1:1/nothing', 1);
	expect(await spendUntilRefused([new SharedLimit(away, allowance)], 'away')).toBe(30);
	await away.end();
});
