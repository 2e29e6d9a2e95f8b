/** How often one may try to sign in, and the like. Counted in PostgreSQL, so that all processes count together. */
import { createHash } from 'node:crypto';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type pg from 'pg';
import { RateLimited } from '../http/rate-limited.ts';

const QUARTER_S = 15 * 60;
/** Tries for one account from one address, and for all accounts from one address, in 15 minutes. */
export const TRIES_PER_ACCOUNT = 10;
export const TRIES_PER_ADDRESS = 100;

interface Bounds {
	/** What is tried; each has counts of its own. */
	what: string;
	perAccount: number;
	perAddress: number;
}

const signIn: Bounds = { what: '', perAccount: TRIES_PER_ACCOUNT, perAddress: TRIES_PER_ADDRESS };

export class SignInLimit {
	private readonly byAccount: Promise<RateLimiterPostgres>;
	private readonly byAddress: Promise<RateLimiterPostgres>;

	constructor(pool: pg.Pool, { what, perAccount, perAddress }: Bounds = signIn) {
		this.byAccount = open(pool, `${what}account`, perAccount);
		this.byAddress = this.byAccount.then(() => open(pool, `${what}address`, perAddress));
	}

	/** Counts a try before it is made. Throws RateLimited (429) when there were too many. */
	async count(email: string, ip: string): Promise<void> {
		await consume(await this.byAddress, keyOf(ip));
		await consume(await this.byAccount, keyOf(ip, email));
	}

	/** Forgets the tries of an account, once the right password was given. */
	async forgive(email: string, ip: string): Promise<void> {
		await (await this.byAccount).delete(keyOf(ip, email));
	}
}

async function consume(limiter: RateLimiterPostgres, key: string): Promise<void> {
	try {
		await limiter.consume(key);
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

/** Addresses are personal data: the table holds their hashes only. */
function keyOf(...parts: string[]): string {
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
