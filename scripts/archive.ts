// `npm run archive -- export|import FILE`: the whole workspace as one SQLite file that anybody's tools read.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { recordAudit } from '../src/lib/server/audit/record.ts';
import { exportArchive } from '../src/lib/server/backup/archive-export.ts';
import { importArchive } from '../src/lib/server/backup/archive-import.ts';
import { countSpooled } from '../src/lib/server/backup/beside.ts';
import { byCommand } from '../src/lib/server/backup/finish.ts';
import { inNewInstallation, openInstallation } from '../src/lib/server/backup/installation.ts';
import { findSecret, openRing } from '../src/lib/server/backup/keys-file.ts';
import { findPassphrase, requireStrong } from '../src/lib/server/backup/passphrase.ts';
import { inPhases, whereTyped, type Phases } from '../src/lib/server/backup/phases.ts';
import { requireFree } from '../src/lib/server/backup/target.ts';
import { inTransaction } from '../src/lib/server/db/db.ts';
import { StartError } from '../src/lib/server/db/start-error.ts';
import { explain } from './terminal.ts';

const USAGE = `Usage: npm run archive -- export FILE.sqlite     (FILE must not exist; the product may go on running)
       npm run archive -- import FILE.sqlite     (into an empty database; the product stopped)
  The passphrase is STEPWELL_BACKUP_PASSPHRASE, or typed. src/lib/server/backup/ARCHIVE.md says how to read the file.`;

const { env } = process;

async function main(): Promise<void> {
	const [way, name, ...more] = process.argv.slice(2);
	const does = { export: save, import: load }[way ?? ''];
	if (!does || !name || more.length > 0) throw new StartError(USAGE);
	await does(whereTyped(name, env));
}

async function save(target: string): Promise<void> {
	requireFree(target);
	const passphrase = await findPassphrase(true);
	requireStrong(passphrase);
	const installation = await openInstallation(env);
	try {
		await inPhases(async (phases) => {
			const { pool, dataFolder } = installation;
			const made = await exportArchive({
				pool,
				provider: openRing(dataFolder, env),
				secret: findSecret(dataFolder, env),
				target,
				passphrase,
				product: (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version,
				tell: phases.tell
			});
			const entry = { at: Date.now(), actor: byCommand('archive'), action: 'archive.export', details: made };
			await inTransaction(pool, (tx) => recordAudit(tx, [entry]));
			phases.end();
			console.log(`${made.rows} rows of ${made.tables} tables in ${target}, in ${phases.total}.`);
			const spooled = countSpooled(dataFolder);
			if (spooled) console.log(`${spooled} requests that wait in the spool are not in it.`);
		});
	} finally {
		await installation.close();
	}
}

async function load(source: string): Promise<void> {
	const passphrase = await findPassphrase(false);
	await inPhases((phases) =>
		inNewInstallation(env, async ({ pool, dataFolder }) => {
			const migrations = resolve('drizzle');
			const { tell } = phases;
			const imported = await importArchive({
				pool,
				dataFolder,
				source,
				passphrase,
				migrations,
				env,
				now: Date.now(),
				tell
			});
			report(imported, phases);
		})
	);
}

function report(
	{ rows, tables, at, notes }: Awaited<ReturnType<typeof importArchive>>,
	phases: Phases
): void {
	phases.end();
	console.log(
		`${rows} rows of ${tables} tables, as they were at ${at}, all compared and under this installation's keys.`
	);
	for (const note of notes) console.log(note);
	console.log(`Imported in ${phases.total}. Start it: npm start`);
}

main().catch(explain);
