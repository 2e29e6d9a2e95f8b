/** A look at the whole database as it was at one moment, while the product goes on writing. */
import type pg from 'pg';
import type { Tx } from '../db/db.ts';

// Whatever the server or the user's role is set to, values are written one way: the digests of two databases are compared.
const SPELLING = `set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres';
	set local bytea_output = 'hex'; set local extra_float_digits = 1; set local client_encoding = 'UTF8'; set local statement_timeout = 0;
	set local idle_in_transaction_session_timeout = 0`;

/** Makes this transaction write values as digests and files expect them. */
export async function spellValues(tx: Tx): Promise<void> {
	await tx.query(SPELLING);
}

/** Runs `work` in one read-only transaction that sees nothing of what is written meanwhile. */
export async function inSnapshot<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
	const tx = await pool.connect();
	let broken: Error | undefined;
	try {
		await tx.query('begin isolation level repeatable read read only');
		await spellValues(tx);
		return await work(tx);
	} finally {
		await tx.query('rollback').catch((cause: Error) => (broken = cause));
		tx.release(broken);
	}
}
