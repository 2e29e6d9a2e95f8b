// A durable PostgreSQL for a whole torture, and in it a clinic with a mail server for each scene.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_LIMITS, saveBreakerLimits } from '$lib/runtime/breaker-limits.ts';
import { openPool } from '$lib/server/db/db.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '$lib/server/db/embedded-postgres.ts';
import { migrate } from '$lib/server/db/migrate.ts';
import { openVault } from '$lib/server/seal/vault.ts';
import { SetClock, type TestDatabase } from '../../tests/support/database.ts';
import { Clinic } from '../../tests/support/journey.ts';
import { ringOf } from './keys.ts';
import { startSink, type Sink } from './sink.ts';

/** The time that it is: processes live by no other. */
class RunningClock extends SetClock {
	override now(): number {
		return Date.now();
	}
	override async pause(ms: number): Promise<void> {
		await sleep(ms);
	}
}

export interface Place {
	clinic: Clinic;
	sink: Sink;
	/** What a process needs to work here. */
	env: { TORTURE_URL: string; TORTURE_KEY: string };
	close(): Promise<void>;
}

export class House {
	private readonly folder: string;
	private postgres: EmbeddedPostgres;
	private readonly key = randomBytes(32).toString('hex');

	private constructor(folder: string, postgres: EmbeddedPostgres) {
		this.folder = folder;
		this.postgres = postgres;
	}

	static async open(): Promise<House> {
		const folder = mkdtempSync(join(tmpdir(), 'stepwell-torture-'));
		chmodSync(folder, 0o755);
		const house = new House(folder, await startIn(folder));
		await house.asAdmin('create database empty');
		const pool = openPool(house.postgres.url('empty'), 3);
		await migrate(pool, 'drizzle');
		await pool.end();
		return house;
	}

	/** A migrated database that nobody used yet. */
	async database(): Promise<TestDatabase> {
		const name = `torture_${randomBytes(6).toString('hex')}`;
		await this.asAdmin(`create database ${name} template empty`);
		const url = this.postgres.url(name);
		const pool = openPool(url, 10);
		const vault = await openVault({ pool, provider: ringOf(this.key) });
		const drop = async () => {
			await vault.close();
			await pool.end();
			await this.asAdmin(`drop database ${name} with (force)`);
		};
		return { pool, vault, url, drop };
	}

	/** A clinic where it is `start`, or else the time that it is. */
	async place(start?: string): Promise<Place> {
		const database = await this.database();
		const clinic = await Clinic.in(
			database,
			start === undefined ? new RunningClock(Date.now()) : new SetClock(start)
		);
		const sink = await startSink(clinic.app);
		// A torture sends more in a minute than a clinic in a day, and its journeys must not pause themselves for that.
		await saveBreakerLimits(database.pool, { ...DEFAULT_LIMITS, freePerDay: 10_000_000 });
		return {
			clinic,
			sink,
			env: { TORTURE_URL: database.url, TORTURE_KEY: this.key },
			async close() {
				await sink.close();
				await clinic.close();
			}
		};
	}

	/** Kills the server with all that it holds in memory, and starts it again on its folder. */
	async killPostgres(): Promise<void> {
		const [pid] = readFileSync(join(this.postgres.dataFolder, 'postmaster.pid'), 'utf8').split('\n');
		process.kill(Number(pid), 'SIGKILL');
		await this.postgres.ended;
		this.postgres = await startIn(this.folder);
	}

	async close(): Promise<void> {
		await this.postgres.stop();
		rmSync(this.folder, { recursive: true, force: true });
	}

	private async asAdmin(statement: string): Promise<void> {
		const pool = openPool(this.postgres.url('postgres'), 1);
		await pool.query(statement).finally(() => pool.end());
	}
}

function startIn(folder: string): Promise<EmbeddedPostgres> {
	return startEmbeddedPostgres({
		dataFolder: join(folder, 'pg'),
		logFile: join(folder, 'postgres.log'),
		durable: true
	});
}
