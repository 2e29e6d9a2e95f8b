// Looks for what is about people where it must not be: in every file that a stopped Stepwell leaves behind.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** What every patient of these tests has in them; nobody else does. Staff have addresses at clinic.test. */
export const CANARIES: readonly string[] = ['@example.test', 'phi-canary'];

/**
 * The files under `folder` that hold a canary: tables, indexes, write-ahead log, spool, logs. PostgreSQL must have stopped, so
 * that all it knows is on the disk.
 */
export function filesWithCanaries(folder: string, canaries = CANARIES): string[] {
	const wanted = canaries.map((canary) => Buffer.from(canary.toLowerCase(), 'latin1'));
	return filesUnder(folder)
		.flatMap((file) => {
			const bytes = Buffer.from(readFileSync(file).toString('latin1').toLowerCase(), 'latin1');
			return wanted.flatMap((canary, at) => {
				const found = bytes.indexOf(canary);
				return found === -1 ? [] : [`${relative(folder, file)} has ${canaries[at]} at byte ${found}`];
			});
		})
		.sort();
}

function filesUnder(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) return filesUnder(path);
		return entry.isFile() && statSync(path).size > 0 ? [path] : [];
	});
}
