/** How often one may try to sign in, and the like. */
import type pg from 'pg';
import type { App } from '../app.ts';
import { Tries } from './tries.ts';

/** Tries for one account from one address, for all accounts from one address, and of one account's second factors, in 15 minutes. */
export const TRIES_PER_ACCOUNT = 10;
export const TRIES_PER_ADDRESS = 100;
export const TRIES_OF_FACTORS = 10;

interface Bounds {
	/** What is tried; each has counts of its own. */
	what: string;
	perAccount: number;
	perAddress: number;
}

const signIn: Bounds = { what: '', perAccount: TRIES_PER_ACCOUNT, perAddress: TRIES_PER_ADDRESS };

export class SignInLimit {
	private readonly byAccount: Tries;
	private readonly byAddress: Tries;
	private readonly byFactors: Tries;

	constructor(pool: pg.Pool, { what, perAccount, perAddress }: Bounds = signIn) {
		this.byAccount = new Tries(pool, `${what}account`, perAccount);
		this.byAddress = new Tries(pool, `${what}address`, perAddress);
		this.byFactors = new Tries(pool, `${what}factors`, TRIES_OF_FACTORS);
	}

	/** Counts a try before it is made. Throws RateLimited (429) when there were too many. */
	async count(email: string, ip: string): Promise<void> {
		await this.countAddress(ip);
		await this.byAccount.count(ip, email);
	}

	/** The same for a try that names no account. */
	async countAddress(ip: string): Promise<void> {
		await this.byAddress.count(ip);
	}

	/** Forgets the tries of an account, once the right password was given. */
	async forgive(email: string, ip: string): Promise<void> {
		await this.byAccount.forgive(ip, email);
	}

	/**
	 * Counts a try of somebody's factors, from wherever: who gets here has their password or their session already, and six digits
	 * are few.
	 */
	async countFactor(userId: number): Promise<void> {
		await this.byFactors.count(String(userId));
	}

	async forgiveFactors(userId: number): Promise<void> {
		await this.byFactors.forgive(String(userId));
	}
}

const limitByApp = new WeakMap<App, SignInLimit>();

/** The app's one limit. */
export function signInLimitOf(app: App): SignInLimit {
	const limit = limitByApp.get(app) ?? new SignInLimit(app.pool);
	limitByApp.set(app, limit);
	return limit;
}
