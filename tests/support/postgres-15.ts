/** The oldest PostgreSQL that Stepwell runs on, for one test file; migrated as any other. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPool } from '../../src/lib/server/db/db.ts';
import { startEmbeddedPostgres } from '../../src/lib/server/db/embedded-postgres.ts';
import { migrate } from '../../src/lib/server/db/migrate.ts';
import { openVault } from '../../src/lib/server/seal/vault.ts';
import type { TestDatabase } from './database.ts';
import { testRing } from './vault.ts';

export async function startPostgres15(): Promise<TestDatabase> {
	const folder = mkdtempSync(join(tmpdir(), 'stepwell-test-15-'));
	chmodSync(folder, 0o755);
	const postgres = await startEmbeddedPostgres({
		dataFolder: join(folder, 'pg'),
		logFile: join(folder, 'postgres.log'),
		durable: false,
		packages: 'postgres-15-'
	});
	const url = postgres.url('postgres');
	const pool = openPool(url, 3);
	await migrate(pool, 'drizzle');
	const vault = await openVault({ pool, provider: testRing() });
	return {
		pool,
		vault,
		url,
		async drop() {
			await vault.close();
			await pool.end();
			await postgres.stop();
			rmSync(folder, { recursive: true, force: true });
		}
	};
}
