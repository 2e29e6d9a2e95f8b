/**
 * The half of a backup that opens the other: the key ring, the app's secret, the key that signs the audit log's checkpoints,
 * and who was shredded, in one small file sealed under a passphrase. Kept apart from the database, as those keys are.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { diskSentence, StartError } from '../db/start-error.ts';
import { readKeyFile } from '../seal/key-file.ts';
import { openKeyRing, type LocalKeyRing } from '../seal/key-ring.ts';
import { formatKeys, parseKeys } from '../seal/key-text.ts';
import { kdfSchema, keyOf, makeKdf, openWith, sealWith } from './passphrase.ts';

const FORMAT = 'stepwell.keys/1';

const keysSchema = z.strictObject({
	/** The backup that it was made with, and the hash of its manifest: with these keys, nobody can have changed that. */
	backup: z.strictObject({ id: z.string(), manifest: z.string() }).nullable(),
	/** `keys/kek.json`, with what STEPWELL_KEYS gave first. */
	ring: z.string(),
	/** The app's secret: 64 hexadecimal digits. */
	secret: z.string().regex(/^[0-9a-f]{64}$/),
	/** `keys/audit-ed25519.json`; null while nothing was ever signed. */
	auditKey: z.string().nullable(),
	/** Contacts whose key was destroyed on request: an older backup must not bring them back. */
	shredded: z.array(z.int())
});
export type Keys = z.infer<typeof keysSchema>;

const fileSchema = z.strictObject({ format: z.literal(FORMAT), kdf: kdfSchema, sealed: z.base64() });

export const RING = join('keys', 'kek.json');
const AUDIT_KEY = join('keys', 'audit-ed25519.json');
const SECRET = 'secret.key';

/** The keys of an installation. `env` is the process's own, which may hold some of them. */
export function gatherKeys(dataFolder: string, env: NodeJS.ProcessEnv): Omit<Keys, 'backup' | 'shredded'> {
	const auditKey = join(dataFolder, AUDIT_KEY);
	return {
		ring: formatKeys(findRing(dataFolder, env)),
		secret: findSecret(dataFolder, env).toString('hex'),
		auditKey: existsSync(auditKey) ? readFileSync(auditKey, 'utf8') : null
	};
}

/** The key ring as the product has it; never makes one, as the product's first start does. */
export function findRing(dataFolder: string, env: NodeJS.ProcessEnv) {
	const file = join(dataFolder, RING);
	const given = env.STEPWELL_KEYS?.trim() ? parseKeys(env.STEPWELL_KEYS, 'STEPWELL_KEYS') : [];
	const text = readKeyFile(file);
	const kept = text === null ? [] : parseKeys(text, file);
	const ring = [...given, ...kept.filter(({ id }) => !given.some((each) => each.id === id))];
	if (ring.length === 0)
		throw new StartError(
			`There is no ${file}. If the product gets its keys from STEPWELL_KEYS, set it here too.`
		);
	return ring;
}

/** That ring, opened. */
export function openRing(dataFolder: string, env: NodeJS.ProcessEnv): LocalKeyRing {
	findRing(dataFolder, env);
	return openKeyRing({ dataFolder, given: env.STEPWELL_KEYS, appSecret: findSecret(dataFolder, env) });
}

export function findSecret(dataFolder: string, env: NodeJS.ProcessEnv): Buffer {
	const file = join(dataFolder, SECRET);
	const text = env.STEPWELL_SECRET ?? (existsSync(file) ? readFileSync(file, 'utf8') : '');
	const secret = Buffer.from(text.trim(), 'hex');
	if (secret.length !== 32)
		throw new StartError(
			`There is no usable ${file}. If the product gets its secret from STEPWELL_SECRET, set it here too.`
		);
	return secret;
}

/** Writes `keys` to a new file, sealed under `passphrase`. */
export function writeKeysFile(file: string, keys: Keys, passphrase: string): void {
	const kdf = makeKdf();
	const sealed = sealWith(keyOf(passphrase, kdf), FORMAT, Buffer.from(JSON.stringify(keys)));
	const text = `${JSON.stringify({ format: FORMAT, kdf, sealed: sealed.toString('base64') }, null, '\t')}\n`;
	writeNew(file, text);
}

/** The keys in `file`. Throws a StartError for another passphrase, or another kind of file. */
export function readKeysFile(file: string, passphrase: string): Keys {
	if (!existsSync(file)) throw new StartError(`There is no ${file}.`);
	let read: z.infer<typeof fileSchema>;
	try {
		read = fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
	} catch (cause) {
		throw new StartError(`${file} is not the keys of a backup.`, { cause });
	}
	const plain = openWith(keyOf(passphrase, read.kdf), FORMAT, Buffer.from(read.sealed, 'base64'));
	return keysSchema.parse(JSON.parse(plain.toString('utf8')));
}

/** Says why `keys` can't go into this data folder, before anything is done; undefined when they can. */
export function findConflict(dataFolder: string, keys: Keys): string | undefined {
	for (const [path, text] of filesOf(keys)) {
		const file = join(dataFolder, path);
		if (existsSync(file) && readFileSync(file, 'utf8').trim() !== text.trim())
			return `${file} holds another key than the backup's. Leave --keys out to go on with the keys that are here, or name an empty folder with STEPWELL_DATA.`;
	}
	return undefined;
}

/** Puts `keys` where the product looks for them, and gives the files that it made. */
export function placeKeys(dataFolder: string, keys: Keys): string[] {
	const made: string[] = [];
	for (const [path, text] of filesOf(keys)) {
		const file = join(dataFolder, path);
		if (existsSync(file)) continue;
		writeNew(file, text);
		made.push(file);
	}
	return made;
}

function filesOf({ ring, secret, auditKey }: Keys): [path: string, text: string][] {
	const files: [string, string][] = [
		[RING, ring],
		[SECRET, secret]
	];
	return auditKey === null ? files : [...files, [AUDIT_KEY, auditKey]];
}

function writeNew(file: string, text: string): void {
	try {
		mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
		writeFileSync(file, text, { mode: 0o600, flag: 'wx', flush: true });
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST')
			throw new StartError(`${file} is already there. Name another file.`, { cause: error });
		throw new StartError(diskSentence(error, dirname(file)) ?? `Can't write ${file}.`, { cause: error });
	}
}
