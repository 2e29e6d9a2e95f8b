/** Small files that must be whole on the disk before the answer, and that only their owner may read. */
import { randomBytes } from 'node:crypto';
import {
	closeSync,
	existsSync,
	fstatSync,
	fsyncSync,
	ftruncateSync,
	linkSync,
	openSync,
	readSync,
	renameSync,
	rmSync,
	writeFileSync,
	writeSync
} from 'node:fs';
import { dirname } from 'node:path';

const PRIVATE = 0o600;
const NEWLINE = 10;

/** Writes `text` to `file` unless somebody did before; then theirs stays. */
export function createFile(file: string, text: string): void {
	const draft = writeDraft(file, text);
	try {
		linkSync(draft, file);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
	} finally {
		rmSync(draft);
	}
	syncFolder(file);
}

/** Writes `text` in place of what `file` holds, at once for every reader. */
export function replaceFile(file: string, text: string): void {
	renameSync(writeDraft(file, text), file);
	syncFolder(file);
}

function writeDraft(file: string, text: string): string {
	const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`;
	writeFileSync(draft, text, { mode: PRIVATE, flag: 'wx', flush: true });
	return draft;
}

/** Adds a line. What a crash left unfinished at the end is taken away first: it was never promised to anybody. */
export function appendLine(file: string, line: string): void {
	const isNew = !existsSync(file);
	const open = openSync(file, 'a+', PRIVATE);
	try {
		ftruncateSync(open, lengthOfWhole(open));
		writeSync(open, `${line}\n`);
		fsyncSync(open);
	} finally {
		closeSync(open);
	}
	if (isNew) syncFolder(file);
}

function lengthOfWhole(open: number): number {
	const { size } = fstatSync(open);
	const end = readEnd(open, size);
	return end.length === 0 ? size : size - end.length + end.lastIndexOf(NEWLINE) + 1;
}

const END_BYTES = 64 * 1024;

/** Whole lines at the end of `file`, some 64 KB of them, oldest first; none when there is no file. */
export function readLastLines(file: string): string[] {
	if (!existsSync(file)) return [];
	const open = openSync(file, 'r');
	try {
		const { size } = fstatSync(open);
		const lines = readEnd(open, size).toString('utf8').split('\n').slice(0, -1);
		return size > END_BYTES ? lines.slice(1) : lines;
	} finally {
		closeSync(open);
	}
}

function readEnd(open: number, size: number): Buffer {
	const end = Buffer.alloc(Math.min(size, END_BYTES));
	const read = readSync(open, end, 0, end.length, size - end.length);
	return end.subarray(0, read);
}

// A new name is on the disk only when its folder is.
function syncFolder(file: string): void {
	const folder = openSync(dirname(file), 'r');
	try {
		fsyncSync(folder);
	} finally {
		closeSync(folder);
	}
}
