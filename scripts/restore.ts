// `npm run restore -- FOLDER [--keys FILE]`: a backup into an empty database; nothing is ever put over what is there.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { inNewInstallation } from '../src/lib/server/backup/installation.ts';
import { readKeysFile } from '../src/lib/server/backup/keys-file.ts';
import { findPassphrase } from '../src/lib/server/backup/passphrase.ts';
import { inPhases, whereTyped } from '../src/lib/server/backup/phases.ts';
import { restoreBackup, type Restored } from '../src/lib/server/backup/restore.ts';
import { StartError } from '../src/lib/server/db/start-error.ts';
import { explain } from './terminal.ts';

const USAGE = `Usage: npm run restore -- FOLDER [--keys FILE]
  Stop Stepwell first. The database must be empty: a new data folder (STEPWELL_DATA), or an empty DATABASE_URL.
  Without --keys, the keys that are in the data folder are used.`;

function readArguments(args: string[]): { folder: string; keysFile: string | undefined } {
	try {
		const { values, positionals } = parseArgs({
			args,
			allowPositionals: true,
			options: { keys: { type: 'string' } }
		});
		const [folder] = positionals;
		if (!folder || positionals.length > 1) throw new Error();
		return {
			folder: whereTyped(folder, process.env),
			keysFile: values.keys === undefined ? undefined : whereTyped(values.keys, process.env)
		};
	} catch (cause) {
		throw new StartError(USAGE, { cause });
	}
}

async function main(): Promise<void> {
	const { folder, keysFile } = readArguments(process.argv.slice(2));
	const keys = keysFile === undefined ? undefined : readKeysFile(keysFile, await findPassphrase(false));
	await inPhases(async (phases) => {
		phases.tell('Opening the database');
		const restored = await inNewInstallation(process.env, ({ pool, dataFolder }) =>
			restoreBackup({
				pool,
				dataFolder,
				folder,
				keys,
				migrations: resolve('drizzle'),
				env: process.env,
				now: Date.now(),
				tell: phases.tell
			})
		);
		phases.end();
		report(restored, phases.total);
	});
}

function report({ rows, tables, at, check, notes }: Restored, total: string): void {
	console.log(`${rows} rows of ${tables} tables, as they were at ${at}, all compared.`);
	if (check)
		console.log(
			`The keys open ${check.dataKeys} data keys, and rows of ${check.opened.join(', ') || 'nothing, for nothing is sealed'}.`
		);
	for (const note of notes) console.log(note);
	console.log(`Restored in ${total}. Start it: npm start`);
}

main().catch(explain);
