/**
 * `npm run archive -- export`: the workspace as one SQLite file that anybody's tools read. Sealed values stay sealed; the few data
 * keys above them are wrapped under a passphrase instead of the key ring, so with it nothing else is needed.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type pg from 'pg';
import type { Tx } from '../db/db.ts';
import { diskSentence, isStartError, StartError } from '../db/start-error.ts';
import { contextOf } from '../seal/data-keys.ts';
import type { KeyProvider } from '../seal/key-provider.ts';
import {
	ARCHIVE_FORMAT,
	ArchiveKey,
	DATA_KEYS,
	readReadme,
	STAYS_HERE,
	writeAbout
} from './archive-format.ts';
import { linesOf, readLine, spellingOf, writeLine, type SqliteValue } from './archive-values.ts';
import {
	copyStatement,
	listOf,
	listPartitions,
	listSequences,
	listTables,
	quoted,
	type Table
} from './catalogue.ts';
import { copyOut } from './copy.ts';
import { JOBS_STATEMENT } from './jobs.ts';
import type { Tell } from './load.ts';
import { keyOf, makeKdf, requireStrong } from './passphrase.ts';
import { RowsDigest, type RowsMeasure } from './rows-digest.ts';
import { listMigrations } from './schema-version.ts';
import { inSnapshot } from './snapshot.ts';
import { requireFree } from './target.ts';

export interface ExportOptions {
	pool: pg.Pool;
	provider: KeyProvider;
	secret: Buffer;
	/** The file to make. */
	target: string;
	passphrase: string;
	product: string;
	tell: Tell;
}

/** Changes a row's fields on its way; they come and go in the order of the table's columns. */
type Change = (fields: (string | null)[]) => Promise<void>;

/** Writes the archive and gives how many tables and rows it has. Throws a StartError; then nothing is left at `target`. */
export async function exportArchive(options: ExportOptions): Promise<{ tables: number; rows: number }> {
	const { target } = options;
	requireStrong(options.passphrase);
	requireFree(target);
	const draft = `${target}.${randomBytes(4).toString('hex')}.part`;
	try {
		const made = await write(options, draft);
		requireFree(target);
		renameSync(draft, target);
		return made;
	} catch (error) {
		for (const end of ['', '-journal']) rmSync(draft + end, { force: true });
		const sentence = isStartError(error) ? null : diskSentence(asDiskError(error), dirname(target));
		throw sentence ? new StartError(sentence, { cause: error }) : error;
	}
}

// SQLite has a code of its own for a full disk.
function asDiskError(error: unknown): unknown {
	return (error as { code?: unknown }).code === 'SQLITE_FULL' ? new Error('ENOSPC', { cause: error }) : error;
}

async function write(options: ExportOptions, draft: string): Promise<{ tables: number; rows: number }> {
	const file = new Database(draft);
	try {
		chmodSync(draft, 0o600);
		// Nobody sees the file before it is whole.
		file.pragma('journal_mode = off');
		file.pragma('synchronous = off');
		// 64 MB: keys in no order (1.5 million hashes) make its own 2 MB the bottleneck.
		file.pragma('cache_size = -65536');
		file.exec(
			'create table _stepwell_tables (name text primary key, columns text, rows integer, digest text)'
		);
		return await inSnapshot(options.pool, (tx) => fill(tx, file, options));
	} finally {
		file.close();
		sync(draft);
	}
}

async function fill(tx: Tx, file: Database.Database, options: ExportOptions) {
	const kdf = makeKdf();
	const archive = new ArchiveKey(keyOf(options.passphrase, kdf));
	writeAbout(file, {
		format: ARCHIVE_FORMAT,
		readme: readReadme(),
		product: options.product,
		at: new Date().toISOString(),
		kdf,
		secret: (await archive.wrap(options.secret, 'secret')).wrapped.toString('base64'),
		migrations: await listMigrations(tx),
		partitions: await listPartitions(tx),
		sequences: await listSequences(tx),
		jobs: await readAll(tx, JOBS_STATEMENT)
	});
	options.tell('Copying the tables');
	const tables = (await listTables(tx)).filter((table) => !STAYS_HERE.includes(table.name));
	let all = 0;
	for (const table of tables) {
		const change = table.name === DATA_KEYS ? rewrapping(table, options.provider, archive) : undefined;
		const measure = await copyTable(tx, file, table, change);
		keepMeasure(file, table, measure);
		all += measure.rows;
	}
	return { tables: tables.length, rows: all };
}

/** Wraps the data keys of rows anew, from one provider to another. */
export function rewrapping({ columns }: Pick<Table, 'columns'>, from: KeyProvider, to: KeyProvider): Change {
	const at = (name: string) => columns.findIndex((column) => column.name === name);
	const [id, wrapped, kek] = [at('id'), at('wrapped'), at('kek_id')] as const;
	return async (fields) => {
		const context = contextOf(Number(fields[id]));
		const raw = await from.unwrap(
			fields[kek] ?? '',
			Buffer.from((fields[wrapped] ?? '').slice(2), 'hex'),
			context
		);
		const anew = await to.wrap(raw, context);
		raw.fill(0);
		fields[wrapped] = `\\x${anew.wrapped.toString('hex')}`;
		fields[kek] = anew.keyId;
	};
}

async function copyTable(
	tx: Tx,
	file: Database.Database,
	table: Table,
	change?: Change
): Promise<RowsMeasure> {
	const spellings = table.columns.map((column) => spellingOf(column.type));
	const insert = makeTable(file, table);
	const toSqlite = (field: string | null, at: number): SqliteValue =>
		field === null ? null : (spellings[at]?.toSqlite(field) ?? field);
	file.exec('begin');
	const digest = new RowsDigest();
	for await (const lines of linesOf(copyOut(tx, copyStatement(table)))) {
		const rows = lines.map(readLine);
		if (change) for (const fields of rows) await change(fields);
		digest.add(Buffer.from(rows.map(writeLine).join('')));
		for (const row of rows) insert.run(row.map(toSqlite));
	}
	file.exec('commit');
	return digest.measure();
}

function makeTable(file: Database.Database, { name, columns, key }: Table): Database.Statement {
	const made = columns.map((column) => `${quoted(column.name)} ${spellingOf(column.type).affinity}`.trim());
	const keyed = key.length ? `, primary key (${listOf(key)})` : '';
	file.exec(`create table ${quoted(name)} (${made.join(', ')}${keyed})`);
	return file.prepare(`insert into ${quoted(name)} values (${made.map(() => '?').join(', ')})`);
}

function keepMeasure(file: Database.Database, { name, columns }: Table, { rows, digest }: RowsMeasure): void {
	file
		.prepare('insert into _stepwell_tables values (?, ?, ?, ?)')
		.run(name, JSON.stringify(columns), rows, digest);
}

async function readAll(tx: Tx, statement: string): Promise<string> {
	const pieces: Buffer[] = [];
	for await (const piece of copyOut(tx, statement)) pieces.push(piece);
	return Buffer.concat(pieces).toString('utf8');
}

function sync(file: string): void {
	const open = openSync(file, 'r');
	fsyncSync(open);
	closeSync(open);
}
