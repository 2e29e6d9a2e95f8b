/** Which migrations a database has had, and how to bring an empty one exactly that far. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Tx } from '../db/db.ts';
import { StartError } from '../db/start-error.ts';

/** Drizzle's journal: `when` is what it orders and tells migrations by. */
export const migrationsSchema = z.array(z.strictObject({ hash: z.string(), when: z.number() }));
export type Migrations = z.infer<typeof migrationsSchema>;

const journalFile = z.object({ entries: z.array(z.object({ tag: z.string(), when: z.number() })) });

const JOURNAL = `create schema if not exists drizzle;
	create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`;

/** The migrations that this database has had, oldest first. Throws a StartError when it is no workspace yet, or an old one. */
export async function listMigrations(tx: Tx): Promise<Migrations> {
	const { rows: found } = await tx.query<{ ready: boolean }>(
		`select to_regclass('audit_log') is not null as ready`
	);
	if (!found[0]?.ready)
		throw new StartError(
			'The database has no workspace of this version yet. Start Stepwell once, then try again.'
		);
	const { rows } = await tx.query<{ hash: string; when: number }>(
		`select hash, created_at::float8 as "when" from drizzle.__drizzle_migrations order by created_at`
	);
	return rows;
}

/**
 * Applies to an empty database, as part of the caller's transaction, the migrations of `folder` that `had` lists. Throws a
 * StartError when one of them is not in the folder.
 */
export async function migrateTo(tx: Tx, folder: string, had: Migrations): Promise<void> {
	const { entries } = journalFile.parse(
		JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8'))
	);
	await tx.query(JOURNAL);
	for (const { hash, when } of had) {
		const entry = entries.find((each) => each.when === when);
		if (!entry)
			throw new StartError(
				'This was made by a newer version of Stepwell than the one here. Restore it with that version, or a newer one.'
			);
		await tx.query(readFileSync(join(folder, `${entry.tag}.sql`), 'utf8'));
		await tx.query('insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)', [
			hash,
			when
		]);
	}
}
