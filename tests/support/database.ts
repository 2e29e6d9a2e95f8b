/** A database of one's own for a test file: a clone of the migrated template, made in tens of milliseconds. */
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import pg from 'pg';
import { inject } from 'vitest';
import { openPool } from '../../src/lib/server/db/db.ts';
import { openVault, type Vault } from '../../src/lib/server/seal/vault.ts';
import { testRing } from './vault.ts';
import type { App, Clock } from '../../src/lib/server/app.ts';

export interface TestDatabase {
	pool: pg.Pool;
	vault: Vault;
	url: string;
	drop(): Promise<void>;
}

/** A clone with its vault opened. */
export async function cloneDatabase(): Promise<TestDatabase> {
	const bare = await cloneBareDatabase();
	const vault = await openVault({ pool: bare.pool, provider: testRing() });
	vaultByPool.set(bare.pool, vault);
	return {
		...bare,
		vault,
		async drop() {
			await vault.close();
			await bare.drop();
		}
	};
}

const vaultByPool = new WeakMap<pg.Pool, Vault>();

/** A clone without keys, for tests that open vaults of their own. */
export function cloneBareDatabase(): Promise<Omit<TestDatabase, 'vault'>> {
	return createDatabase('stepwell_template');
}

/** A database with nothing in it, not even a schema. */
export function createEmptyDatabase(): Promise<Omit<TestDatabase, 'vault'>> {
	return createDatabase('template0');
}

async function createDatabase(template: string): Promise<Omit<TestDatabase, 'vault'>> {
	const cluster = new URL(inject('clusterUrl').replace('@/', '@unix/'));
	const name = `test_${randomBytes(6).toString('hex')}`;
	await asAdmin(`create database ${name} template ${template}`);
	const url = `postgres://stepwell@/${name}${cluster.search}`;
	const pool = openPool(url, 10);
	return {
		pool,
		url,
		async drop() {
			await pool.end();
			await asAdmin(`drop database ${name} with (force)`);
		}
	};
}

async function asAdmin(statement: string): Promise<void> {
	const client = new pg.Client({ connectionString: inject('clusterUrl') });
	await client.connect();
	try {
		await client.query(statement);
	} finally {
		await client.end();
	}
}

/** A clock that stands until it is moved. */
export class SetClock implements Clock {
	private at: number;
	constructor(start: string | number) {
		this.at = typeof start === 'number' ? start : Date.parse(start);
	}
	now(): number {
		return this.at;
	}
	set(instant: string | number): void {
		this.at = typeof instant === 'number' ? instant : Date.parse(instant);
	}
	advance(ms: number): void {
		this.at += ms;
	}
	pause(ms: number): Promise<void> {
		this.advance(ms);
		return Promise.resolve();
	}
}

/** An app over `pool` for tests: a set clock, a fixed secret, no log. */
export function testApp(
	pool: pg.Pool,
	clock: Clock = new SetClock('2026-03-02T15:00:00Z'),
	more: Partial<App> = {}
): App {
	const vault = more.vault ?? vaultByPool.get(pool);
	if (!vault) throw new Error('An app needs the pool of a database that cloneDatabase() made.');
	return {
		pool,
		vault,
		clock,
		secret: Buffer.alloc(32, 7),
		publicUrl: 'http://localhost:4780',
		catcherPort: 0,
		dataFolder: '.data',
		migrations: 'drizzle',
		log: pino({ level: 'silent' }),
		whileStill: (work) => work(),
		...more
	};
}
