// A database for one benchmark: durable as in production, in a folder of its own that goes away.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { openPool } from '$lib/server/db/db.ts';
import { startEmbeddedPostgres } from '$lib/server/db/embedded-postgres.ts';
import { migrate } from '$lib/server/db/migrate.ts';
import { LocalKeyRing } from '$lib/server/seal/key-ring.ts';
import { openVault, type Vault } from '$lib/server/seal/vault.ts';

export interface BenchDatabase {
	pool: pg.Pool;
	/** A vault with nothing in its memory, as of a process that just started. */
	openVault(): Promise<Vault>;
	/** CPU that PostgreSQL's processes have used so far, in µs; 0 where /proc does not tell. */
	cpuMicros(): number;
	/** Bytes of write-ahead log written so far. */
	walBytes(): Promise<number>;
	close(): Promise<void>;
}

export async function openBenchDatabase(): Promise<BenchDatabase> {
	const folder = mkdtempSync(join(tmpdir(), 'stepwell-bench-'));
	chmodSync(folder, 0o755);
	const postgres = await startEmbeddedPostgres({
		dataFolder: join(folder, 'pg'),
		logFile: join(folder, 'postgres.log'),
		durable: true
	});
	const pool = openPool(postgres.url('postgres'));
	await migrate(pool, 'drizzle');
	const provider = new LocalKeyRing('none', [{ id: 'bench', bytes: randomBytes(32) }], Buffer.alloc(32));
	return {
		pool,
		openVault: () => openVault({ pool, provider, keptForMs: 3_600_000 }),
		cpuMicros: () => cpuOfProcesses(postgres.dataFolder),
		async walBytes() {
			const { rows } = await pool.query<{ bytes: number }>(
				`select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as bytes`
			);
			return rows[0]?.bytes ?? 0;
		},
		async close() {
			await pool.end();
			await postgres.stop();
			rmSync(folder, { recursive: true, force: true });
		}
	};
}

const TICK_MICROS = 10_000;

// The postmaster and its children; a child that ended is in its parent's sum.
function cpuOfProcesses(dataFolder: string): number {
	const postmaster = Number(readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0]);
	let ticks = 0;
	for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
		const fields = statOf(name);
		if (!fields || (Number(name) !== postmaster && Number(fields[1]) !== postmaster)) continue;
		const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number);
		ticks +=
			(user ?? 0) + (system ?? 0) + (Number(name) === postmaster ? (childUser ?? 0) + (childSystem ?? 0) : 0);
	}
	return ticks * TICK_MICROS;
}

/** The fields of /proc/PID/stat after the name, or null for a process that just ended. */
function statOf(pid: string): string[] | null {
	try {
		return readFileSync(`/proc/${pid}/stat`, 'utf8')
			.replace(/^.*\) /, '')
			.split(' ');
	} catch {
		return null; // It ended between the listing and the reading; its parent's sum has its share.
	}
}
