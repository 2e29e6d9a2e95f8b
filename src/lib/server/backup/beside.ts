/** What lies beside the database and belongs to a backup: requests that wait in the spool, and the audit log's checkpoints. */
import { createHash } from 'node:crypto';
import {
	copyFileSync,
	existsSync,
	mkdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync
} from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { parseJson } from '../audit/checkpoint.ts';
import type { KeptFile } from './manifest.ts';

const SPOOL = 'spool.sqlite';
const CHECKPOINTS = join('audit', 'checkpoints.jsonl');
const PUBLIC_KEYS = join('audit', 'public-keys.json');

/** Copies them into the folder `draft`. The spool is sealed with the workspace's key, as it is. */
export async function copyBeside(dataFolder: string, draft: string): Promise<KeptFile[]> {
	const made: KeptFile[] = [];
	for (const path of [CHECKPOINTS, PUBLIC_KEYS]) {
		if (!existsSync(join(dataFolder, path))) continue;
		mkdirSync(dirname(join(draft, path)), { recursive: true, mode: 0o700 });
		copyFileSync(join(dataFolder, path), join(draft, path));
		made.push(measure(draft, path));
	}
	if (existsSync(join(dataFolder, SPOOL))) {
		await copySpool(join(dataFolder, SPOOL), join(draft, SPOOL));
		made.push(measure(draft, SPOOL));
	}
	return made;
}

// SQLite's own way to copy a file that is being written to.
async function copySpool(from: string, to: string): Promise<void> {
	const spool = new Database(from, { readonly: true });
	try {
		await spool.backup(to);
	} finally {
		spool.close();
	}
}

/** How many requests wait in the spool; 0 when there is none. */
export function countSpooled(dataFolder: string): number {
	if (!existsSync(join(dataFolder, SPOOL))) return 0;
	const spool = new Database(join(dataFolder, SPOOL), { readonly: true });
	try {
		return spool.prepare<[], { n: number }>('select count(*) as n from intake').get()?.n ?? 0;
	} finally {
		spool.close();
	}
}

function measure(folder: string, path: string): KeptFile {
	const bytes = readFileSync(join(folder, path));
	return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** What `placeBeside` did, to be taken back when the restore fails. */
export interface Placed {
	notes: string[];
	undo(): void;
}

/**
 * Puts the files of the backup in `folder` where there are none. Checkpoints that are there already stay, but for those of
 * entries after `lastEntry`, which the restored log does not have: they are put aside, or nothing would ever be signed again.
 */
export function placeBeside(
	folder: string,
	dataFolder: string,
	files: readonly KeptFile[],
	lastEntry: number
): Placed {
	const made: string[] = [];
	const notes: string[] = [];
	const undo: (() => void)[] = [() => made.forEach((file) => rmSync(file, { force: true }))];
	for (const { path } of files) {
		const file = join(dataFolder, path);
		if (existsSync(file)) {
			if (path === SPOOL) notes.push(`${file} was left as it is; the backup's is in ${join(folder, path)}.`);
			continue;
		}
		mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
		copyFileSync(join(folder, path), file);
		made.push(file);
	}
	const aside = putNewerAside(join(dataFolder, CHECKPOINTS), lastEntry);
	if (aside) {
		undo.push(() => renameSync(aside, join(dataFolder, CHECKPOINTS)));
		notes.push(
			`The audit log ends at entry ${lastEntry}, before what was signed last. The later checkpoints are in ${aside}: keep that file, it shows what was lost.`
		);
	}
	return { notes, undo: () => undo.forEach((step) => step()) };
}

function putNewerAside(file: string, lastEntry: number): string | null {
	if (!existsSync(file)) return null;
	const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
	const older = lines.filter((line) => entryOf(line) <= lastEntry);
	if (older.length === lines.length) return null;
	const aside = file.replace(/\.jsonl$/, `-before-restore-${lastEntry}.jsonl`);
	renameSync(file, aside);
	writeFileSync(file, older.map((line) => `${line}\n`).join(''), { mode: 0o600, flag: 'wx', flush: true });
	return aside;
}

// What can't be read stays where it is: the next look at the checkpoints reports it.
function entryOf(line: string): number {
	const read = parseJson(line) as { id?: unknown } | null | undefined;
	return typeof read?.id === 'number' ? read.id : 0;
}
