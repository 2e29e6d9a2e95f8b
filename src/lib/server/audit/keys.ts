/** The key pair that signs checkpoints (Ed25519, RFC 8032). The private half stays in the data folder's `keys/`. */
import {
	createHash,
	createPrivateKey,
	createPublicKey,
	generateKeyPairSync,
	type KeyObject
} from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { createFile, replaceFile } from './files.ts';

export interface SigningKey {
	id: string;
	privateKey: KeyObject;
	publicKey: KeyObject;
}

/** Public keys by their id: a log that outlives a lost key has several. */
export type PublicKeys = ReadonlyMap<string, KeyObject>;

/** Both halves as DER in base64: PKCS#8 and SubjectPublicKeyInfo. */
const keyFile = z.strictObject({ id: z.string(), publicKey: z.string(), privateKey: z.string() });
const publicKeysFile = z.array(z.strictObject({ id: z.string(), publicKey: z.string() }));

/** The signing key of `dataFolder`, made when there is none. Two processes that make it at once end up with the same. */
export function openSigningKey(dataFolder: string): SigningKey {
	const folder = join(dataFolder, 'keys');
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const file = join(folder, 'audit-ed25519.json');
	if (!existsSync(file)) createFile(file, makeKeyFile());
	const { id, privateKey } = keyFile.parse(JSON.parse(readFileSync(file, 'utf8')));
	const key = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' });
	return { id, privateKey: key, publicKey: createPublicKey(key) };
}

function makeKeyFile(): string {
	const { publicKey, privateKey } = generateKeyPairSync('ed25519');
	const file = {
		id: idOf(publicKey),
		publicKey: publicDer(publicKey).toString('base64'),
		privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
	};
	return `${JSON.stringify(file, null, '\t')}\n`;
}

/** Adds `key`'s public half to `file` where it is missing, and gives all that are there. */
export function publishKey(file: string, key: SigningKey): PublicKeys {
	const known = existsSync(file) ? readPublicKeys(file) : new Map<string, KeyObject>();
	if (known.has(key.id)) return known;
	const all = new Map([...known, [key.id, key.publicKey]]);
	const list = [...all].map(([id, each]) => ({ id, publicKey: publicDer(each).toString('base64') }));
	replaceFile(file, `${JSON.stringify(list, null, '\t')}\n`);
	return all;
}

/** Public keys from the file that lies beside the checkpoints. Throws for a file that is none. */
export function readPublicKeys(file: string): PublicKeys {
	const list = publicKeysFile.parse(JSON.parse(readFileSync(file, 'utf8')));
	return new Map(
		list.map(({ publicKey }) => {
			const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
			return [idOf(key), key];
		})
	);
}

/** Drawn from the key itself, so that an id can't be put on another key. */
function idOf(publicKey: KeyObject): string {
	return createHash('sha256').update(publicDer(publicKey)).digest('hex').slice(0, 16);
}

function publicDer(publicKey: KeyObject): Buffer {
	return publicKey.export({ format: 'der', type: 'spki' });
}
