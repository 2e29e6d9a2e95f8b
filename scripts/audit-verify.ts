// `npm run audit:verify -- export.jsonl [--checkpoints FILE] [--public-key FILE]`: checks an export of the audit log. Needs no database.
import { createReadStream, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readPublicKeys } from '../src/lib/server/audit/keys.ts';
import {
	verifyAudit,
	type CheckpointLines,
	type Verdict,
	type Verified
} from '../src/lib/server/audit/verify.ts';

const USAGE = `Usage: npm run audit:verify -- export.jsonl [--checkpoints FILE] [--public-key FILE]
  The checkpoints are .data/audit/checkpoints.jsonl, or better your copy of it. Take the copy before the export:
  a later checkpoint signs entries that the export does not have. The public keys lie beside them in public-keys.json.`;

/** What the command leaves with: 0 all good, 1 a fault, 2 nothing that could be checked. */
type Exit = 0 | 1 | 2;

class InputError extends Error {}

async function main(args: string[]): Promise<Exit> {
	const { file, checkpoints, publicKey } = readArguments(args);
	const signed = checkpoints === undefined ? undefined : readSigned(checkpoints, publicKey);
	return tell(await verifyAudit(readLines(file), signed), { log: file, checkpoints: checkpoints ?? '' });
}

function readArguments(args: string[]) {
	try {
		const { values, positionals } = parseArgs({
			args,
			allowPositionals: true,
			options: { checkpoints: { type: 'string' }, 'public-key': { type: 'string' } }
		});
		const [file] = positionals;
		if (file && positionals.length === 1)
			return { file, checkpoints: values.checkpoints, publicKey: values['public-key'] };
	} catch (cause) {
		throw new InputError(USAGE, { cause });
	}
	throw new InputError(USAGE);
}

function readSigned(checkpoints: string, publicKey: string | undefined): CheckpointLines {
	const keyFile = publicKey ?? join(dirname(checkpoints), 'public-keys.json');
	const text = orRefuse(checkpoints, () => readFileSync(here(checkpoints), 'utf8'));
	const keys = orRefuse(keyFile, () => readPublicKeys(here(keyFile)));
	return { lines: text.split('\n').slice(0, -1), keys };
}

function orRefuse<T>(file: string, read: () => T): T {
	try {
		return read();
	} catch (cause) {
		throw new InputError(`${file} can't be read: ${reasonOf(cause)}`, { cause });
	}
}

// By hand: node:readline also ends a line at U+2028, which JSON may hold as it is.
async function* readLines(file: string): AsyncGenerator<string> {
	let rest = '';
	try {
		for await (const chunk of createReadStream(here(file), { encoding: 'utf8', highWaterMark: 1 << 20 })) {
			const lines = (rest + chunk).split('\n');
			rest = lines.pop() ?? '';
			yield* lines;
		}
	} catch (cause) {
		throw new InputError(`${file} can't be read: ${reasonOf(cause)}`, { cause });
	}
	if (rest) yield rest;
}

// npm runs scripts in the project's folder; the files are named from where somebody typed.
function here(file: string): string {
	return resolve(process.env.INIT_CWD ?? '.', file);
}

function reasonOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

function tell(verdict: Verdict, files: { log: string; checkpoints: string }): Exit {
	if ('none' in verdict) throw new InputError(`${files.log}: ${verdict.none}`);
	if ('fault' in verdict) {
		const { source, line, id, code, message } = verdict.fault;
		const entry = id === undefined ? '' : ` (entry ${id})`;
		console.error(`${files[source]}, line ${line}${entry}: ${message} [${code}]`);
		return 1;
	}
	console.log(summaryOf(verdict.verified));
	for (const note of notesOn(verdict.verified, files.checkpoints)) console.log(note);
	return 0;
}

function summaryOf({ count, first, last }: Verified): string {
	const entries = count === 1 ? '1 entry' : `${count} entries`;
	return `${entries}, from ${first.id} (${first.at}) to ${last.id} (${last.at}), all good`;
}

/** What was not proved. */
function notesOn({ last, signedUpTo, checkpoints }: Verified, file: string): string[] {
	if (!file)
		return [
			'No checkpoints were given, so a log that was cut off or written anew as a whole looks the same.'
		];
	const signed = `${checkpoints} checkpoints fit, the last at entry ${signedUpTo}.`;
	if (signedUpTo === last.id) return [signed];
	return [`${signed} What comes after it is held by the chain alone.`];
}

try {
	process.exitCode = await main(process.argv.slice(2));
} catch (error) {
	if (!(error instanceof InputError)) throw error;
	console.error(error.message);
	process.exitCode = 2;
}
