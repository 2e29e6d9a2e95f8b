/**
 * `npm run restore`: a backup into an empty database. Every file is checked first, then all is loaded in one transaction, read back
 * and compared, the keys are tried on it, and only then it commits; so what fails or is cut off leaves an empty database.
 */
import { createReadStream, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import type pg from 'pg';
import { runMigrations } from 'graphile-worker';
import { inTransaction, type Tx } from '../db/db.ts';
import { StartError } from '../db/start-error.ts';
import type { KeyProvider } from '../seal/key-provider.ts';
import { LocalKeyRing } from '../seal/key-ring.ts';
import { parseKeys } from '../seal/key-text.ts';
import { placeBeside, type Placed } from './beside.ts';
import { copyIn } from './copy.ts';
import { guardAndRecord, hasQueue, lastEntryOf, shredAgain } from './finish.ts';
import { askAgain, JOBS_TABLE, makeJobsTable } from './jobs.ts';
import { findConflict, openRing, placeKeys, RING, type Keys } from './keys-file.ts';
import { loadWorkspace, requireEmpty, type RowsSource, type Tell } from './load.ts';
import { checkFiles, readManifest, type KeptTable, type Manifest } from './manifest.ts';
import { checkKeys, type OpenCheck } from './open-check.ts';
import { counted, RowsDigest } from './rows-digest.ts';
import { spellValues } from './snapshot.ts';

export interface RestoreOptions {
	pool: pg.Pool;
	dataFolder: string;
	/** The backup. */
	folder: string;
	/** The project's `drizzle/`. */
	migrations: string;
	/** Keys of a backup; without them, those that are in the data folder are tried. */
	keys?: Keys;
	env: NodeJS.ProcessEnv;
	/** Ms since 1970. */
	now: number;
	tell: Tell;
}

export interface Restored {
	rows: number;
	tables: number;
	/** When the backup was made. */
	at: string;
	/** Null when there were no keys to try. */
	check: OpenCheck | null;
	/** For whoever runs the installation. */
	notes: string[];
}

/** Restores a backup. Throws a StartError for what a person can put right; nothing is left behind then. */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
	const { pool, folder, dataFolder, keys, tell } = options;
	const { manifest, sha256 } = readManifest(folder);
	const provider = findProvider(options);
	if (keys) refuseForged(keys, manifest, sha256);
	const conflict = keys && findConflict(dataFolder, keys);
	if (conflict) throw new StartError(conflict);
	await inTransaction(pool, requireEmpty);
	tell('Checking the files of the backup');
	await checkFiles(folder, manifest);
	// What this version changes since then, the next start does: only it can seal what an older one left readable.
	return fill(options, manifest, provider);
}

function findProvider({ keys, dataFolder, env }: RestoreOptions): KeyProvider | null {
	if (keys) return new LocalKeyRing('', parseKeys(keys.ring, RING), Buffer.from(keys.secret, 'hex'));
	if (!env.STEPWELL_KEYS?.trim() && !existsSync(join(dataFolder, RING))) return null;
	return openRing(dataFolder, env);
}

function refuseForged({ backup }: Keys, manifest: Manifest, sha256: string): void {
	if (backup?.id === manifest.id && backup.manifest !== sha256)
		throw new StartError(
			'The manifest of this backup was changed since it was made: it is not what its keys vouch for. Use another copy.'
		);
}

async function fill(
	options: RestoreOptions,
	manifest: Manifest,
	provider: KeyProvider | null
): Promise<Restored> {
	const hadQueue = await hasQueue(options.pool);
	const undo: (() => void)[] = [];
	try {
		await runMigrations({ pgPool: options.pool });
		return await inTransaction(options.pool, (tx) => fillWithin(tx, options, manifest, provider, undo));
	} catch (error) {
		for (const step of undo.reverse()) step();
		if (!hadQueue) await options.pool.query('drop schema if exists graphile_worker cascade');
		throw error;
	}
}

async function fillWithin(
	tx: Tx,
	options: RestoreOptions,
	manifest: Manifest,
	provider: KeyProvider | null,
	undo: (() => void)[]
): Promise<Restored> {
	const { folder, dataFolder, keys, tell } = options;
	await spellValues(tx);
	await requireEmpty(tx);
	const tables = manifest.tables.map((table) => sourceOf(folder, table));
	const rows = await loadWorkspace(tx, options.migrations, { ...manifest, tables }, tell);
	await loadJobs(tx, folder, manifest.jobs);
	tell('Trying the keys');
	const check = provider && (await checkKeys(tx, provider));
	const notes = noteOn(check);
	const shredded = keys ? await shredAgain(tx, keys.shredded) : 0;
	if (shredded > 0)
		notes.push(`${shredded} people who were erased after this backup were made unreadable again.`);
	const placed = place(options, manifest, await lastEntryOf(tx), undo);
	const details = { backup: manifest.id, madeAt: manifest.at, rows, shredded };
	notes.push(...placed.notes);
	notes.push(
		...(await guardAndRecord(tx, options.now, { command: 'restore', action: 'backup.restore', details }))
	);
	if (!keys && !existsSync(join(dataFolder, RING)))
		notes.push(
			'No keys were given and none are here: nothing about people opens until keys/kek.json and secret.key are in the data folder.'
		);
	return { rows, tables: tables.length, at: manifest.at, check, notes };
}

/** Last before the commit: files can't be part of a transaction, so `undo` takes them back when it fails after all. */
function place(options: RestoreOptions, manifest: Manifest, lastEntry: number, undo: (() => void)[]): Placed {
	const { dataFolder, keys } = options;
	const made = keys ? placeKeys(dataFolder, keys) : [];
	undo.push(() => made.forEach((file) => rmSync(file, { force: true })));
	const placed = placeBeside(options.folder, dataFolder, manifest.files, lastEntry);
	undo.push(placed.undo);
	return placed;
}

function noteOn(check: OpenCheck | null): string[] {
	if (!check?.shut.length) return [];
	return [
		`No row could be opened of ${check.shut.join(', ')}. Everything was restored as it was in the backup.`
	];
}

async function loadJobs(tx: Tx, folder: string, jobs: KeptTable): Promise<void> {
	await makeJobsTable(tx);
	await copyIn(tx, `copy ${JOBS_TABLE} from stdin`, sourceOf(folder, jobs).read());
	await askAgain(tx);
}

function sourceOf(folder: string, table: KeptTable): RowsSource {
	return { name: table.name, columns: table.columns, read: () => read(folder, table) };
}

async function* read(folder: string, { name, rows, digest, file }: KeptTable): AsyncGenerator<Buffer> {
	const found = new RowsDigest();
	yield* counted(createReadStream(join(folder, file.path)).compose(createGunzip()), found);
	const measure = found.measure();
	if (measure.rows !== rows || measure.digest !== digest)
		throw new StartError(
			`The rows of ${name} are not those that the manifest tells of. Use another copy of this backup.`
		);
}
