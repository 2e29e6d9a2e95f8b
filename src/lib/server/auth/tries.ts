/** How often something may be tried in 15 minutes. Counted in PostgreSQL, so that all processes count together. */
import { createHash } from 'node:crypto';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type pg from 'pg';
import { RateLimited } from '../http/rate-limited.ts';

const QUARTER_S = 15 * 60;

/** Whose table is being made: the library makes it on first use, and two that do so at once refuse each other. */
const openingByPool = new WeakMap<pg.Pool, Promise<unknown>>();

export class Tries {
	private readonly limiter: Promise<RateLimiterPostgres>;

	/** `kind` keeps the counts of different things apart; `points` is how many tries there are. */
	constructor(pool: pg.Pool, kind: string, points: number) {
		const before = openingByPool.get(pool) ?? Promise.resolve();
		this.limiter = before.then(() => open(pool, kind, points));
		openingByPool.set(pool, this.limiter);
	}

	/** Counts a try before it is made. Throws RateLimited (429) when there were too many. */
	async count(...of: string[]): Promise<void> {
		const limiter = await this.limiter;
		try {
			await limiter.consume(keyOf(of));
		} catch (limit) {
			if (!(limit instanceof RateLimiterRes)) throw limit;
			const minutes = Math.ceil(limit.msBeforeNext / 60_000);
			throw new RateLimited(
				`Too many tries. Wait ${minutes === 1 ? 'a minute' : `${minutes} minutes`} and try again.`,
				Math.ceil(limit.msBeforeNext / 1000),
				limit.consumedPoints === limiter.points + 1
			);
		}
	}

	/** Forgets the tries, once one of them was right. */
	async forgive(...of: string[]): Promise<void> {
		await (await this.limiter).delete(keyOf(of));
	}
}

/** Addresses are personal data: the table holds their hashes only. */
function keyOf(parts: string[]): string {
	return createHash('sha256').update(parts.join('\n').toLowerCase()).digest('base64url');
}

function open(pool: pg.Pool, keyPrefix: string, points: number): Promise<RateLimiterPostgres> {
	return new Promise((resolve, reject) => {
		const limiter = new RateLimiterPostgres(
			// The library keeps its own table, made on first use; its rows live for minutes.
			{
				storeClient: pool,
				storeType: 'pool',
				tableName: 'sign_in_tries',
				keyPrefix,
				points,
				duration: QUARTER_S
			},
			(error?: Error) => (error ? reject(error) : resolve(limiter))
		);
	});
}
