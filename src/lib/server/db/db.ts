/**
 * The one way to PostgreSQL. Queries take a `Db` first, so the caller owns the transaction: give them the pool for a
 * statement of its own, or the client inside `inTransaction`.
 */
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import * as schema from './schema.ts';

/** A pool, or a client inside a transaction. Values are always parameters, never spliced into the text. */
export type Db = pg.Pool | pg.PoolClient;
/** A client inside a transaction. */
export type Tx = pg.PoolClient;
/** Drizzle's query builder over the same connection, for the tables that people edit. */
export type Orm = NodePgDatabase<typeof schema>;

const INT8 = 20;
const DATE = 1082;
// Keys are bigint and stay far below 2^53; a calendar date stays text, since it has no zone.
pg.types.setTypeParser(INT8, Number);
pg.types.setTypeParser(DATE, (text) => text);

// A server of the user's own compiles queries by default: tens of ms for statements that take one.
const SESSION = '-c jit=off';

/** Opens a pool on `url` (a postgres:// address, or a folder of a unix socket with `?host=`). */
export function openPool(url: string, size = 20): pg.Pool {
	const pool = new pg.Pool({
		connectionString: url,
		max: size,
		application_name: 'stepwell',
		options: SESSION,
		// A host that hangs must look as away as one that refuses, so that intake turns to its spool.
		connectionTimeoutMillis: 5_000,
		idleTimeoutMillis: 30_000
	});
	// An idle client that loses its server emits here; without a listener that would end the process. The next query reports it.
	pool.on('error', () => {});
	pool.on('connect', (client) => void client.on('error', () => {}));
	return pool;
}

/** A second pool on `pool`'s database whose commits don't wait for the disk: for bulk work that can be done again. */
export function openHastyPool(pool: pg.Pool): pg.Pool {
	const hasty = new pg.Pool({ ...pool.options, max: 4, options: `${SESSION} -c synchronous_commit=off` });
	hasty.on('error', () => {});
	return hasty;
}

/** Drizzle's builder over `db`. */
export function orm(db: Db): Orm {
	return drizzle(db, { schema });
}

/** Runs `work` in one transaction, rolled back when it throws. The error comes through unchanged. */
export async function inTransaction<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
	const tx = await pool.connect();
	let broken: Error | undefined;
	try {
		await tx.query('begin');
		const result = await work(tx);
		await tx.query('commit');
		return result;
	} catch (error) {
		// An aborted client given back to the pool would poison the next user of it.
		await tx.query('rollback').catch((cause: Error) => (broken = cause));
		throw error;
	} finally {
		tx.release(broken);
	}
}
