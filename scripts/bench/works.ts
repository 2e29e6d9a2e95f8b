// A clinic with many people, and the product's own processes at work on it, each of them real.
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_LIMITS, saveBreakerLimits } from '$lib/runtime/breaker-limits.ts';
import type { ProcessRole } from '$lib/server/app.ts';
import { openPool } from '$lib/server/db/db.ts';
import { startEmbeddedPostgres } from '$lib/server/db/embedded-postgres.ts';
import { migrate } from '$lib/server/db/migrate.ts';
import { LocalKeyRing } from '$lib/server/seal/key-ring.ts';
import { openVault } from '$lib/server/seal/vault.ts';
import { SetClock } from '../../tests/support/database.ts';
import { Clinic } from '../../tests/support/journey.ts';
import { heapFlags } from '../heap.mjs';

/** The time that it is. */
class RunningClock extends SetClock {
	override now(): number {
		return Date.now();
	}
}

export interface Worker {
	/** MB resident now, and at most so far; NaN where /proc does not tell. */
	memory(): { nowMb: number; mostMb: number };
	stop(): Promise<void>;
}

export class Works {
	readonly clinic: Clinic;
	private readonly folder: string;
	private readonly url: string;
	private readonly keys: string;
	private readonly end: () => Promise<void>;
	private readonly workers: Worker[] = [];

	private constructor(
		clinic: Clinic,
		place: { folder: string; url: string; keys: string; end: () => Promise<void> }
	) {
		this.clinic = clinic;
		({ folder: this.folder, url: this.url, keys: this.keys, end: this.end } = place);
	}

	/** A clinic where nobody is yet, on a durable PostgreSQL that notes when each transaction was committed. */
	static async open(): Promise<Works> {
		const folder = mkdtempSync(join(tmpdir(), 'stepwell-works-'));
		chmodSync(folder, 0o755);
		const postgres = await startNoting(folder);
		const url = postgres.url('postgres');
		const pool = openPool(url);
		await migrate(pool, 'drizzle');
		const key = randomBytes(32);
		const provider = new LocalKeyRing('none', [{ id: 'bench', bytes: key }], Buffer.alloc(32, 7));
		const vault = await openVault({ pool, provider });
		const end = async () => {
			await vault.close();
			await pool.end();
			await postgres.stop();
			rmSync(folder, { recursive: true, force: true });
		};
		const database = { pool, vault, url, drop: end };
		const clinic = await Clinic.in(database, new RunningClock(Date.now()));
		// More is sent in a minute than a clinic sends in a day.
		await saveBreakerLimits(pool, { ...DEFAULT_LIMITS, freePerDay: 10_000_000 });
		const keys = `bench:${key.toString('base64')}`;
		return new Works(clinic, { folder, url, keys, end: () => clinic.close() });
	}

	/** Starts a process of the role; settles once it works. */
	async start(role: ProcessRole): Promise<Worker> {
		const options = {
			role,
			databaseUrl: this.url,
			isAlone: false,
			host: '127.0.0.1',
			port: null,
			publicUrl: 'http://localhost:4780',
			dataFolder: join(this.folder, `process-${this.workers.length}`),
			migrations: resolve('drizzle'),
			webhookHosts: [],
			keys: this.keys
		};
		const program = join(dirname(fileURLToPath(import.meta.url)), 'process.js');
		const child = fork(program, {
			execArgv: heapFlags(['--role', role], process.env),
			env: { ...process.env, BENCH_PROCESS: JSON.stringify(options) },
			stdio: ['ignore', 'ignore', 'inherit', 'ipc']
		});
		await new Promise<void>((done, fail) => {
			child.once('message', () => done());
			child.once('exit', () => fail(new Error(`A ${role} did not start.`)));
		});
		const worker = workerOf(child);
		this.workers.push(worker);
		return worker;
	}

	/** `after` the processes have ended, what they used. */
	async close(after: () => Promise<void> = async () => {}): Promise<void> {
		await Promise.all(this.workers.map((worker) => worker.stop()));
		await after();
		await this.end();
	}
}

function workerOf(child: ChildProcess): Worker {
	const ended = new Promise<void>((done) => child.once('exit', () => done()));
	return {
		memory: () => memoryOf(child.pid ?? 0),
		async stop() {
			child.kill('SIGTERM');
			await ended;
		}
	};
}

function memoryOf(pid: number): { nowMb: number; mostMb: number } {
	try {
		const status = readFileSync(`/proc/${pid}/status`, 'utf8');
		const kbOf = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN);
		return { nowMb: kbOf('VmRSS') / 1024, mostMb: kbOf('VmHWM') / 1024 };
	} catch {
		return { nowMb: NaN, mostMb: NaN };
	}
}

// When a row was committed is then known to the microsecond, without anybody asking meanwhile; that takes a second start.
async function startNoting(folder: string) {
	const options = { dataFolder: join(folder, 'pg'), logFile: join(folder, 'postgres.log'), durable: true };
	const first = await startEmbeddedPostgres(options);
	const pool = openPool(first.url('postgres'), 1);
	await pool.query('alter system set track_commit_timestamp = on');
	await pool.end();
	await first.stop();
	return startEmbeddedPostgres(options);
}

/** Looks until `look` says yes; nothing that a benchmark waits for takes longer than ten minutes. */
export async function until(what: string, look: () => Promise<boolean>): Promise<void> {
	const end = Date.now() + 600_000;
	while (!(await look())) {
		if (Date.now() > end) throw new Error(`Waited ten minutes for ${what}.`);
		await new Promise((done) => setTimeout(done, 200));
	}
}

/** The value that 95 of 100 do not exceed. */
export function p95(values: number[]): number {
	return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? NaN;
}
