/**
 * `npm run backup`: everything in the database, as it was at one moment, in a folder of plain compressed files, while the product
 * goes on. What is about people is sealed in the database and stays so; the keys go into a file of their own (`keys-file.ts`).
 */
import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type pg from 'pg';
import type { Tx } from '../db/db.ts';
import { isStartError, diskSentence, StartError } from '../db/start-error.ts';
import { copyStatement, listPartitions, listSequences, listTables } from './catalogue.ts';
import { copyOut } from './copy.ts';
import { jobColumns, JOBS, JOBS_STATEMENT } from './jobs.ts';
import type { Tell } from './load.ts';
import { BACKUP_FORMAT, MANIFEST, type KeptFile, type KeptTable, type Manifest } from './manifest.ts';
import { counted, RowsDigest } from './rows-digest.ts';
import { listMigrations } from './schema-version.ts';
import { copyBeside } from './beside.ts';
import { inSnapshot } from './snapshot.ts';
import { requireFree } from './target.ts';

export interface BackupOptions {
	pool: pg.Pool;
	dataFolder: string;
	/** The folder to make. */
	target: string;
	/** This Stepwell's version. */
	product: string;
	tell: Tell;
}

export interface Backup {
	id: string;
	/** SHA-256 of the manifest. */
	manifest: string;
	tables: number;
	rows: number;
	bytes: number;
	/** Contacts whose keys were destroyed on request. */
	shredded: number[];
}

/** Makes a backup in `target`, which must not exist. Throws a StartError; then nothing is left there. */
export async function makeBackup(options: BackupOptions): Promise<Backup> {
	const { target } = options;
	requireFree(target);
	const draft = `${target}.${randomBytes(4).toString('hex')}.part`;
	try {
		mkdirSync(draft, { mode: 0o700 });
		mkdirSync(join(draft, 'tables'), { mode: 0o700 });
		const backup = await write(options, draft);
		requireFree(target);
		renameSync(draft, target);
		return backup;
	} catch (error) {
		rmSync(draft, { recursive: true, force: true });
		const sentence = isStartError(error) ? null : diskSentence(error, dirname(target));
		throw sentence ? new StartError(sentence, { cause: error }) : error;
	}
}

async function write({ pool, dataFolder, product, tell }: BackupOptions, draft: string): Promise<Backup> {
	tell('Copying what lies beside the database');
	// Before the database: a checkpoint must never sign an entry that the backup's log does not have.
	const files = await copyBeside(dataFolder, draft);
	return inSnapshot(pool, async (tx) => {
		const { manifest, shredded } = await writeTables(tx, draft, tell);
		const text = `${JSON.stringify({ ...manifest, product, files }, null, '\t')}\n`;
		writeFileSync(join(draft, MANIFEST), text, { flag: 'wx', mode: 0o600, flush: true });
		const sizes = [...manifest.tables, manifest.jobs].map((table) => table.file).concat(files);
		return {
			id: manifest.id,
			manifest: createHash('sha256').update(text).digest('hex'),
			tables: manifest.tables.length,
			rows: manifest.tables.reduce((sum, table) => sum + table.rows, 0),
			bytes: sizes.reduce((sum, file) => sum + file.bytes, text.length),
			shredded
		};
	});
}

async function writeTables(tx: Tx, draft: string, tell: Tell) {
	const migrations = await listMigrations(tx);
	const { rows } = await tx.query<{ at: Date }>('select now() as at');
	const tables: KeptTable[] = [];
	tell('Copying the tables');
	for (const table of await listTables(tx))
		tables.push(await writeTable(tx, draft, { ...table, statement: copyStatement(table) }));
	const jobs = await writeTable(tx, draft, { name: JOBS, columns: jobColumns, statement: JOBS_STATEMENT });
	const manifest: Omit<Manifest, 'product' | 'files'> = {
		format: BACKUP_FORMAT,
		id: randomBytes(8).toString('hex'),
		at: (rows[0]?.at ?? new Date()).toISOString(),
		migrations,
		tables,
		jobs,
		partitions: await listPartitions(tx),
		sequences: await listSequences(tx)
	};
	return { manifest, shredded: await listShredded(tx) };
}

async function writeTable(
	tx: Tx,
	draft: string,
	{ name, columns, statement }: Pick<KeptTable, 'name' | 'columns'> & { statement: string }
): Promise<KeptTable> {
	const digest = new RowsDigest();
	const hash = createHash('sha256');
	const path = name === JOBS ? 'jobs.copy.gz' : `tables/${name}.copy.gz`;
	const file = join(draft, path);
	await pipeline(
		counted(copyOut(tx, statement), digest),
		// Level 1: sealed bytes hardly get smaller at higher ones, and take four times as long.
		createGzip({ level: 1 }),
		hashing(hash),
		createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true })
	);
	const kept: KeptFile = { path, bytes: statSync(file).size, sha256: hash.digest('hex') };
	return { name, columns, ...digest.measure(), file: kept };
}

function hashing(hash: ReturnType<typeof createHash>): Transform {
	return new Transform({
		transform(piece: Buffer, _encoding, done) {
			hash.update(piece);
			done(null, piece);
		}
	});
}

/** Contacts that must never get a key again, also not from an older backup. */
export async function listShredded(tx: Tx): Promise<number[]> {
	const { rows } = await tx.query<{ id: number }>(
		'select contact_id as id from contact_keys where shredded_at is not null order by 1'
	);
	return rows.map((row) => row.id);
}
