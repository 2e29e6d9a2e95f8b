/** Brings a database to this version's schema, under a lock, so that two processes starting together do it once. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import type pg from 'pg';
import { runMigrations } from 'graphile-worker';

/** The database was made by a newer Stepwell: going on could harm its contents. */
export class NewerDatabaseError extends Error {}

const MIGRATION_LOCK = 7_245_001;

/** Migrates `pool`'s database from `folder` (the project's `drizzle/`), graphile-worker's own schema included. */
export async function migrate(pool: pg.Pool, folder: string): Promise<void> {
	const client = await pool.connect();
	try {
		await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
		await refuseNewer(client, folder);
		await applyMigrations(drizzle(client), { migrationsFolder: folder });
		await runMigrations({ pgPool: pool });
		await makePartitions(client);
	} finally {
		await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => {
			// The lock ends with the connection; the error that brought us here is the one to report.
		});
		client.release();
	}
}

/** Makes the months around now; called at start and daily. Last month too: the sample clinic has a past. */
export async function makePartitions(db: pg.Pool | pg.PoolClient): Promise<void> {
	for (const parent of ['events', 'step_paths'])
		await db.query(`select ensure_partitions($1, now() - interval '2 months', 6)`, [parent]);
}

async function refuseNewer(client: pg.PoolClient, folder: string): Promise<void> {
	const journal = JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8')) as {
		entries: { when: number }[];
	};
	const known = Math.max(...journal.entries.map((entry) => entry.when));
	const { rows } = await client.query<{ there: string | null }>(
		`select to_regclass('drizzle.__drizzle_migrations')::text as there`
	);
	if (!rows[0]?.there) return;
	const applied = await client.query<{ newest: number | null }>(
		'select max(created_at)::float8 as newest from drizzle.__drizzle_migrations'
	);
	if ((applied.rows[0]?.newest ?? 0) > known)
		throw new NewerDatabaseError('The database was made by a newer version of Stepwell.');
}
