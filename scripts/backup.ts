// `npm run backup -- FOLDER`: the database as it is now and, in a file of its own, the keys. The product may go on running.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { recordAudit } from '../src/lib/server/audit/record.ts';
import { listShredded, makeBackup, type Backup } from '../src/lib/server/backup/backup.ts';
import { byCommand } from '../src/lib/server/backup/finish.ts';
import { openInstallation, type Installation } from '../src/lib/server/backup/installation.ts';
import { gatherKeys, writeKeysFile, type Keys } from '../src/lib/server/backup/keys-file.ts';
import { findPassphrase, requireStrong } from '../src/lib/server/backup/passphrase.ts';
import { inPhases, megabytes, whereTyped, type Phases } from '../src/lib/server/backup/phases.ts';
import { requireFree } from '../src/lib/server/backup/target.ts';
import { inTransaction } from '../src/lib/server/db/db.ts';
import { StartError } from '../src/lib/server/db/start-error.ts';
import { explain } from './terminal.ts';

const USAGE = `Usage: npm run backup -- FOLDER [--keys FILE | --no-keys]
       npm run backup -- --keys-only FILE
  FOLDER must not exist yet. The keys go to FILE, or else to FOLDER.keys, sealed under a passphrase
  (STEPWELL_BACKUP_PASSPHRASE, or typed). Keep the two in different places: each is worth nothing without the other.`;

interface Wanted {
	folder?: string;
	keys?: string;
}

function readArguments(args: string[]): Wanted {
	const options = {
		keys: { type: 'string' },
		'no-keys': { type: 'boolean' },
		'keys-only': { type: 'string' }
	} as const;
	try {
		const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
		const [folder] = positionals;
		if (values['keys-only'] && !folder) return { keys: whereTyped(values['keys-only'], process.env) };
		if (!folder || positionals.length > 1 || values['keys-only'] || (values.keys && values['no-keys']))
			throw new Error();
		const target = whereTyped(folder, process.env);
		if (values['no-keys']) return { folder: target };
		return { folder: target, keys: values.keys ? whereTyped(values.keys, process.env) : `${target}.keys` };
	} catch (cause) {
		throw new StartError(USAGE, { cause });
	}
}

async function main(): Promise<void> {
	const wanted = readArguments(process.argv.slice(2));
	if (wanted.folder) requireFree(wanted.folder);
	const passphrase = wanted.keys && (await findNewPassphrase(wanted.keys));
	const installation = await openInstallation(process.env);
	try {
		await inPhases((phases) => run(installation, wanted, passphrase ?? '', phases));
	} finally {
		await installation.close();
	}
}

async function findNewPassphrase(file: string): Promise<string> {
	requireFree(file);
	const passphrase = await findPassphrase(true);
	requireStrong(passphrase);
	return passphrase;
}

async function run(
	installation: Installation,
	{ folder, keys }: Wanted,
	passphrase: string,
	phases: Phases
): Promise<void> {
	const { dataFolder, pool } = installation;
	// First: an installation whose keys are not here must say so before it looks as if it were backed up.
	const gathered = keys && gatherKeys(dataFolder, process.env);
	const backup =
		folder && (await makeBackup({ pool, dataFolder, target: folder, product: version(), tell: phases.tell }));
	if (keys && gathered) {
		phases.tell('Sealing the keys');
		writeKeysFile(keys, { ...gathered, ...(await vouch(installation, backup || undefined)) }, passphrase);
	}
	await record(installation, backup || undefined, Boolean(keys));
	phases.end();
	if (backup)
		console.log(`${backup.rows} rows of ${backup.tables} tables, ${megabytes(backup.bytes)}, in ${folder}`);
	if (keys) console.log(`The keys are in ${keys}. Keep them and the passphrase apart from the backup.`);
	else
		console.log(
			'Without its keys nothing about people in this backup can be read: npm run backup -- --keys-only FILE'
		);
	console.log(`Done in ${phases.total}.`);
}

async function vouch(
	{ pool }: Installation,
	backup: Backup | undefined
): Promise<Pick<Keys, 'backup' | 'shredded'>> {
	if (!backup) return { backup: null, shredded: await inTransaction(pool, listShredded) };
	return { backup: { id: backup.id, manifest: backup.manifest }, shredded: backup.shredded };
}

async function record({ pool }: Installation, backup: Backup | undefined, withKeys: boolean): Promise<void> {
	const details = { ...(backup && { backup: backup.id, rows: backup.rows }), withKeys };
	const entry = { at: Date.now(), actor: byCommand('backup'), action: 'backup.create', details };
	await inTransaction(pool, (tx) => recordAudit(tx, [entry]));
}

function version(): string {
	return (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version;
}

main().catch(explain);
