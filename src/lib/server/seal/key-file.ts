/** The key ring's file: one JSON document for this user alone, replaced in one move, on the disk before anything relies on it. */
import { randomBytes } from 'node:crypto';
import {
	chmodSync,
	closeSync,
	existsSync,
	fsyncSync,
	linkSync,
	mkdirSync,
	openSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync
} from 'node:fs';
import { dirname } from 'node:path';
import { diskSentence, StartError } from '../db/start-error.ts';

/** The text of `file`, or null when there is none. Throws a StartError when others than this user may read it. */
export function readKeyFile(file: string): string | null {
	if (!existsSync(file)) return null;
	if (statSync(file).mode & 0o077)
		throw new StartError(`Other users may read ${file}, which holds keys. Run: chmod 600 ${file}`);
	return readFileSync(file, 'utf8');
}

/** Makes `file` unless it is there: of two processes that start together, both then read the first one's. */
export function createKeyFile(file: string, text: string): void {
	writeWith(file, text, (written) => {
		try {
			linkSync(written, file);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
		}
	});
}

/** Changes `file`'s text while no other process does. */
export function changeKeyFile(file: string, change: (text: string) => string): void {
	const lock = `${file}.lock`;
	try {
		writeFileSync(lock, '', { flag: 'wx', mode: 0o600 });
	} catch (error) {
		throw new StartError(`The keys are being changed by another process. If none is, delete ${lock}.`, {
			cause: error
		});
	}
	try {
		writeWith(file, change(readKeyFile(file) ?? ''), (written) => renameSync(written, file));
	} finally {
		rmSync(lock);
	}
}

function writeWith(file: string, text: string, place: (written: string) => void): void {
	const folder = dirname(file);
	const written = `${file}.${randomBytes(6).toString('hex')}`;
	try {
		mkdirSync(folder, { recursive: true, mode: 0o700 });
		chmodSync(folder, 0o700);
		writeFileSync(written, text, { flag: 'wx', mode: 0o600, flush: true });
		place(written);
		syncFolder(folder);
	} catch (error) {
		throw new StartError(
			diskSentence(error, folder) ?? `Can't write ${file}: ${(error as NodeJS.ErrnoException).code}`,
			{ cause: error }
		);
	} finally {
		rmSync(written, { force: true });
	}
}

// A name is on the disk only once its folder is.
function syncFolder(folder: string): void {
	const handle = openSync(folder, 'r');
	fsyncSync(handle);
	closeSync(handle);
}
