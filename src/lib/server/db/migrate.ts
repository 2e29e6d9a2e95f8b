/** Brings a database to this version's schema, under a lock, so that two processes starting together do it once. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import type pg from 'pg';
import { runMigrations } from 'graphile-worker';
import { locks } from './locks.ts';

/** The database was made by a newer Stepwell: going on could harm its contents. */
export class NewerDatabaseError extends Error {}

/**
 * Migrates `pool`'s database from `folder` (the project's `drizzle/`), graphile-worker's own schema included. `sealReadable`
 * seals what an older version left readable: SQL has no keys, so it is called between the two migrations around it.
 */
export async function migrate(
	pool: pg.Pool,
	folder: string,
	sealReadable?: () => Promise<void>
): Promise<void> {
	const client = await pool.connect();
	try {
		await client.query('select pg_advisory_lock($1)', [locks.migration]);
		await refuseNewer(client, folder);
		const wasReadable = sealReadable !== undefined && (await isReadable(client));
		if (wasReadable) {
			await applyUpTo(client, folder, PLACES_FOR_SEALED);
			await sealReadable();
		}
		await applyMigrations(drizzle(client), { migrationsFolder: folder });
		if (wasReadable) await forgetOldRows(client);
		await runMigrations({ pgPool: pool });
		await makePartitions(client);
	} finally {
		await client.query('select pg_advisory_unlock($1)', [locks.migration]).catch(() => {
			// The lock ends with the connection; the error that brought us here is the one to report.
		});
		client.release();
	}
}

/** Whether the database has this version's schema, or a newer one: migrations only add until no older version runs. */
export async function isSchemaCurrent(db: pg.Pool, folder: string): Promise<boolean> {
	const { rows } = await db.query<{ newest: number | null }>(
		'select max(created_at)::float8 as newest from drizzle.__drizzle_migrations'
	);
	return (rows[0]?.newest ?? 0) >= Math.max(...readJournal(folder).entries.map((entry) => entry.when));
}

/** Makes the months around now; called at start and daily. Last month too: the sample clinic has a past. */
export async function makePartitions(db: pg.Pool | pg.PoolClient): Promise<void> {
	for (const parent of ['events', 'step_paths'])
		await db.query(`select ensure_partitions($1, now() - interval '2 months', 6)`, [parent]);
}

const PLACES_FOR_SEALED = '0005_sealed';

/** Whether the database has people whose names stand readable in it. */
async function isReadable(client: pg.PoolClient): Promise<boolean> {
	const { rows } = await client.query<{ readable: boolean }>(
		`select exists (
			select from information_schema.columns
			where table_schema = 'public' and table_name = 'contacts' and column_name = 'public_id'
		) as readable`
	);
	return rows[0]?.readable ?? false;
}

// Until a table is written anew, its file holds the rows as they were. A column computed anew makes PostgreSQL write what is
// visible and nothing else; `vacuum full` keeps what an open snapshot, such as autovacuum's, might still ask for.
async function forgetOldRows(client: pg.PoolClient): Promise<void> {
	for (const [table, column, type, same] of ONCE_READABLE)
		await client.query(`alter table ${table} alter column ${column} type ${type} using ${same}`);
}

const ONCE_READABLE = [
	['contacts', 'timezone', 'text', `timezone || ''`],
	['events', 'source', 'text', `source || ''`],
	['event_keys', 'source', 'text', `source || ''`],
	['enrollments', 'reason', 'text', `reason || ''`],
	['enrollment_keys', 'key', 'text', `key || ''`],
	['step_paths', 'reasons', 'text[]', `reasons || '{}'::text[]`],
	['suppressions', 'source', 'text', `source || ''`],
	['caught_mails', 'message_id', 'bigint', 'message_id + 0'],
	['idempotency_keys', 'route', 'text', `route || ''`]
] as const;

/** Applies the migrations up to and with `tag`: Drizzle applies all that a folder has, so it gets one that ends there. */
export async function applyUpTo(client: pg.PoolClient, folder: string, tag: string): Promise<void> {
	const part = mkdtempSync(join(tmpdir(), 'stepwell-migrations-'));
	try {
		const journal = readJournal(folder);
		const last = journal.entries.findIndex((entry) => entry.tag === tag);
		const entries = journal.entries.slice(0, last + 1);
		mkdirSync(join(part, 'meta'));
		writeFileSync(join(part, 'meta', '_journal.json'), JSON.stringify({ ...journal, entries }));
		for (const entry of entries)
			copyFileSync(join(folder, `${entry.tag}.sql`), join(part, `${entry.tag}.sql`));
		await applyMigrations(drizzle(client), { migrationsFolder: part });
	} finally {
		rmSync(part, { recursive: true, force: true });
	}
}

interface Journal {
	entries: { when: number; tag: string }[];
}

function readJournal(folder: string): Journal {
	return JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8')) as Journal;
}

async function refuseNewer(client: pg.PoolClient, folder: string): Promise<void> {
	const known = Math.max(...readJournal(folder).entries.map((entry) => entry.when));
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
