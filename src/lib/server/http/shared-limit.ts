/**
 * How often somebody may do something that is too frequent to be counted one by one in the database. A process takes shares of
 * what is allowed from PostgreSQL, where all processes take theirs, and spends them from memory. So together they never give
 * more than `points`; what one has not spent when the time is over lapses, so they may give less, by at most a share each.
 */
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type pg from 'pg';
import { RateLimited } from './rate-limited.ts';

export interface Allowance {
	/** Keeps the counts of different things apart. */
	kind: string;
	/** How many times in `seconds`; a multiple of `share`. */
	points: number;
	seconds: number;
	/** How many a process takes at once. */
	share: number;
}

interface Purse {
	left: number;
	/** When what is left lapses, and until when there is no more (milliseconds since 1970). */
	lapsesAt: number;
	emptyUntil: number;
	/** The question for another share, while it is on its way. */
	asking: Promise<void> | null;
}

/** Purses of those who were not seen for a while are thrown away once there are more than so many. */
const MOST_PURSES = 1000;

export class SharedLimit {
	private readonly limiter: RateLimiterPostgres;
	private readonly purseByKey = new Map<string, Purse>();
	private readonly allowance: Allowance;

	constructor(pool: pg.Pool, allowance: Allowance) {
		const { kind: keyPrefix, points, seconds: duration } = allowance;
		this.allowance = allowance;
		this.limiter = new RateLimiterPostgres({
			storeClient: pool,
			storeType: 'pool',
			tableName: 'sign_in_tries',
			tableCreated: true,
			keyPrefix,
			points,
			duration,
			// While PostgreSQL is away events still come in, and each process counts for itself.
			insuranceLimiter: new RateLimiterMemory({ keyPrefix, points, duration })
		});
	}

	/** Spends one of what `key` may. Throws RateLimited (429), with `sentence`, where nothing is left. */
	async spend(key: string, now: number, sentence: string): Promise<void> {
		const purse = this.purseOf(key, now);
		while (purse.left === 0 || purse.lapsesAt <= now) {
			if (purse.emptyUntil > now) throw new RateLimited(sentence, Math.ceil((purse.emptyUntil - now) / 1000));
			purse.asking ??= this.fill(purse, key, now).finally(() => (purse.asking = null));
			await purse.asking;
		}
		purse.left--;
	}

	private purseOf(key: string, now: number): Purse {
		const known = this.purseByKey.get(key);
		if (known) return known;
		if (this.purseByKey.size >= MOST_PURSES) this.forgetOld(now);
		const purse: Purse = { left: 0, lapsesAt: 0, emptyUntil: 0, asking: null };
		this.purseByKey.set(key, purse);
		return purse;
	}

	private forgetOld(now: number): void {
		for (const [key, { lapsesAt, emptyUntil, asking }] of this.purseByKey)
			if (lapsesAt <= now && emptyUntil <= now && !asking) this.purseByKey.delete(key);
	}

	private async fill(purse: Purse, key: string, now: number): Promise<void> {
		try {
			const { msBeforeNext } = await this.limiter.consume(key, this.allowance.share);
			purse.left = this.allowance.share;
			purse.lapsesAt = now + msBeforeNext;
		} catch (limit) {
			if (!(limit instanceof RateLimiterRes)) throw limit;
			purse.emptyUntil = now + limit.msBeforeNext;
		}
	}
}
