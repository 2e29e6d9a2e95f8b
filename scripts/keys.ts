// `npm run keys -- status|rotate-kek|rotate-data|remove-kek ID`: the keys that seal people's data, changed while the product runs.
import { openInstallation, type Installation } from '../src/lib/server/backup/installation.ts';
import {
	changeDataKey,
	changeOuterKey,
	findKeyStatus,
	removeOuterKey,
	type KeyTools
} from '../src/lib/server/backup/key-commands.ts';
import { findRing, openRing } from '../src/lib/server/backup/keys-file.ts';
import { StartError } from '../src/lib/server/db/start-error.ts';
import { isSealError } from '../src/lib/server/seal/errors.ts';
import { openVault } from '../src/lib/server/seal/vault.ts';
import { explain } from './terminal.ts';

const USAGE = `Usage: npm run keys -- status          what keys there are
       npm run keys -- rotate-kek      a new outer key (moments); the data keys are wrapped with it
       npm run keys -- rotate-data     a new data key (a minute or more); every contact's key is wrapped with it
       npm run keys -- remove-kek ID   destroys an outer key that nothing needs any more, and with it older backups
  All of them may run while the product does, be cut off, and be run again.`;

const { env } = process;

async function main(): Promise<void> {
	const [command, id, ...more] = process.argv.slice(2);
	const work = commandOf(command, id);
	if (!work || more.length > 0 || (command !== 'remove-kek' && id)) throw new StartError(USAGE);
	const installation = await openInstallation(env);
	try {
		await withTools(installation, work);
	} finally {
		await installation.close();
	}
}

function commandOf(command = '', id = ''): ((tools: KeyTools) => Promise<unknown>) | undefined {
	if (command === 'remove-kek') return id ? (tools) => removeOuterKey(tools, id) : undefined;
	return { status, 'rotate-kek': changeOuterKey, 'rotate-data': changeDataKey }[command];
}

async function withTools(
	{ pool, dataFolder }: Installation,
	work: (tools: KeyTools) => Promise<unknown>
): Promise<void> {
	const ring = openRing(dataFolder, env);
	const vault = await openVault({ pool, provider: ring }).catch((error: unknown) => {
		throw isSealError(error) ? new StartError(OTHER_KEYS, { cause: error }) : error;
	});
	const say = (line: string) => console.log(line);
	const ringIds = () => findRing(dataFolder, env).map((key) => key.id);
	try {
		await work({
			pool,
			vault,
			ring,
			areGiven: Boolean(env.STEPWELL_KEYS?.trim()),
			ringIds,
			now: Date.now,
			say
		});
	} finally {
		await vault.close();
	}
}

const OTHER_KEYS =
	'The keys here are not the ones of this database. If the product gets its keys from STEPWELL_KEYS, set it here too.';

async function status(tools: KeyTools): Promise<void> {
	const { current, dataKeys, shredded } = await findKeyStatus(tools);
	console.log('Outer keys, in the ring:');
	for (const id of tools.ringIds()) console.log(`  ${id}${id === current ? '  current' : ''}`);
	console.log('Data keys, in the database, each wrapped by an outer one:');
	for (const { id, purpose, kek, state, contacts } of dataKeys)
		console.log(
			`  ${id}  by ${kek}  ${purpose === 'index' ? 'index of look-ups' : `${state}, ${contacts} contacts`}`
		);
	console.log(`${shredded} contacts were erased, and get no key again.`);
}

main().catch(explain);
