/** A database of one's own for a test file: a clone of the migrated template, made in tens of milliseconds. */
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import pg from 'pg';
import { inject } from 'vitest';
import { openPool } from '../../src/lib/server/db/db.ts';
import type { App, Clock } from '../../src/lib/server/app.ts';

export interface TestDatabase {
	pool: pg.Pool;
	url: string;
	drop(): Promise<void>;
}

export async function cloneDatabase(): Promise<TestDatabase> {
	const cluster = new URL(inject('clusterUrl').replace('@/', '@unix/'));
	const name = `test_${randomBytes(6).toString('hex')}`;
	await asAdmin(`create database ${name} template stepwell_template`);
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
}

/** An app over `pool` for tests: a set clock, a fixed secret, no log. */
export function testApp(
	pool: pg.Pool,
	clock: Clock = new SetClock('2026-03-02T15:00:00Z'),
	more: Partial<App> = {}
): App {
	return {
		pool,
		clock,
		secret: Buffer.alloc(32, 7),
		publicUrl: 'http://localhost:4780',
		catcherPort: 0,
		dataFolder: '.data',
		log: pino({ level: 'silent' }),
		whileStill: (work) => work(),
		...more
	};
}
