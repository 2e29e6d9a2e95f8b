/** `npm run archive -- import`: an archive into an empty database, under the key ring of the installation that takes it in. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type pg from 'pg';
import { runMigrations } from 'graphile-worker';
import { inTransaction, type Tx } from '../db/db.ts';
import { StartError } from '../db/start-error.ts';
import type { KeyProvider } from '../seal/key-provider.ts';
import { openKeyRing } from '../seal/key-ring.ts';
import { rewrapping } from './archive-export.ts';
import {
	archivedTable,
	ArchiveKey,
	DATA_KEYS,
	readAbout,
	type About,
	type ArchivedTable
} from './archive-format.ts';
import { spellingOf, writeLine, type SqliteValue } from './archive-values.ts';
import { quoted } from './catalogue.ts';
import { copyIn } from './copy.ts';
import { guardAndRecord, hasQueue } from './finish.ts';
import { askAgain, JOBS_TABLE, makeJobsTable } from './jobs.ts';
import { RING } from './keys-file.ts';
import { loadWorkspace, requireEmpty, type RowsSource, type Tell } from './load.ts';
import { checkKeys, type OpenCheck } from './open-check.ts';
import { keyOf } from './passphrase.ts';
import { RowsDigest } from './rows-digest.ts';
import { spellValues } from './snapshot.ts';

export interface ImportOptions {
	pool: pg.Pool;
	dataFolder: string;
	/** The archive. */
	source: string;
	passphrase: string;
	/** The project's `drizzle/`. */
	migrations: string;
	env: NodeJS.ProcessEnv;
	/** Ms since 1970. */
	now: number;
	tell: Tell;
}

export interface Imported {
	rows: number;
	tables: number;
	at: string;
	check: OpenCheck;
	notes: string[];
}

/** Imports an archive. Throws a StartError for what a person can put right; nothing is left behind then. */
export async function importArchive(options: ImportOptions): Promise<Imported> {
	if (!existsSync(options.source)) throw new StartError(`There is no ${options.source}.`);
	const file = new Database(options.source, { readonly: true }).defaultSafeIntegers();
	try {
		const about = readAbout(file, options.source);
		const archive = new ArchiveKey(keyOf(options.passphrase, about.kdf));
		const secret = await archive.unwrap('', Buffer.from(about.secret, 'base64'), 'secret');
		await inTransaction(options.pool, requireEmpty);
		return await fill(options, { file, about, archive, secret });
	} finally {
		file.close();
	}
}

interface Archive {
	file: Database.Database;
	about: About;
	archive: ArchiveKey;
	/** The app's. */
	secret: Buffer;
}

async function fill(options: ImportOptions, archive: Archive): Promise<Imported> {
	const { pool, dataFolder } = options;
	const hadQueue = await hasQueue(pool);
	const made: string[] = [];
	try {
		const notes = placeSecret(options, archive.secret, made);
		const ringFile = join(dataFolder, RING);
		if (!existsSync(ringFile)) made.push(ringFile);
		const provider = openKeyRing({ dataFolder, given: options.env.STEPWELL_KEYS, appSecret: archive.secret });
		await runMigrations({ pgPool: pool });
		return await inTransaction(pool, async (tx) => {
			const imported = await fillWithin(tx, options, archive, provider);
			return { ...imported, notes: [...notes, ...imported.notes] };
		});
	} catch (error) {
		for (const file of made) rmSync(file, { force: true });
		if (!hadQueue) await pool.query('drop schema if exists graphile_worker cascade');
		throw error;
	}
}

/** The secret comes along, since it signs the links in mails that were sent; one that is here already stays. */
function placeSecret({ dataFolder, env }: ImportOptions, secret: Buffer, made: string[]): string[] {
	const file = join(dataFolder, 'secret.key');
	if (env.STEPWELL_SECRET !== undefined || existsSync(file))
		return [
			"This installation keeps its own secret: enter the mail server's password again, and expect links in mails sent before to end."
		];
	mkdirSync(dataFolder, { recursive: true, mode: 0o711 });
	writeFileSync(file, secret.toString('hex'), { mode: 0o600, flag: 'wx', flush: true });
	made.push(file);
	return [];
}

async function fillWithin(
	tx: Tx,
	options: ImportOptions,
	archive: Archive,
	provider: KeyProvider
): Promise<Imported> {
	const { about, file } = archive;
	await spellValues(tx);
	await requireEmpty(tx);
	const tables = listArchived(file).map((table) => sourceOf(archive, table, provider));
	const rows = await loadWorkspace(tx, options.migrations, { ...about, tables }, options.tell);
	await makeJobsTable(tx);
	await copyIn(tx, `copy ${JOBS_TABLE} from stdin`, onePiece(about.jobs));
	await askAgain(tx);
	options.tell('Trying the keys');
	const check = await checkKeys(tx, provider);
	const details = { madeAt: about.at, rows };
	const notes = await guardAndRecord(tx, options.now, {
		command: 'archive',
		action: 'archive.import',
		details
	});
	return { rows, tables: tables.length, at: about.at, check, notes };
}

function listArchived(file: Database.Database): ArchivedTable[] {
	const rows = file
		.prepare<[], { name: string; columns: string; rows: bigint; digest: string }>(
			'select name, columns, rows, digest from _stepwell_tables order by name'
		)
		.all();
	return rows.map((row) =>
		archivedTable.parse({ ...row, columns: JSON.parse(row.columns) as unknown, rows: Number(row.rows) })
	);
}

function sourceOf({ file, archive }: Archive, table: ArchivedTable, provider: KeyProvider): RowsSource {
	const change = table.name === DATA_KEYS ? rewrapping(table, archive, provider) : undefined;
	return { name: table.name, columns: table.columns, read: () => read(file, table, change) };
}

// So many bytes a piece, at least.
const PIECE = 64 * 1024;

async function* read(
	file: Database.Database,
	{ name, columns, rows, digest }: ArchivedTable,
	change?: ReturnType<typeof rewrapping>
): AsyncGenerator<Buffer> {
	const spellings = columns.map((column) => spellingOf(column.type));
	const names = columns.map((column) => quoted(column.name)).join(', ');
	const found = new RowsDigest();
	let piece = '';
	for (const row of file
		.prepare<[], SqliteValue[]>(`select ${names} from ${quoted(name)}`)
		.raw()
		.iterate()) {
		const fields = row.map((value, at) =>
			value === null ? null : (spellings[at]?.toText(value) ?? String(value))
		);
		found.add(Buffer.from(writeLine(fields)));
		await change?.(fields);
		piece += writeLine(fields);
		if (piece.length >= PIECE) {
			yield Buffer.from(piece);
			piece = '';
		}
	}
	if (piece) yield Buffer.from(piece);
	const measure = found.measure();
	if (measure.rows !== rows || measure.digest !== digest)
		throw new StartError(
			`The rows of ${name} were changed since the archive was made. Nothing was imported.`
		);
}

async function* onePiece(text: string): AsyncGenerator<Buffer> {
	if (text) yield Buffer.from(text);
}
