/** Keys as text, in a file or a variable. What is wrong is told without quoting it. */
import { z } from 'zod';
import { StartError } from '../db/start-error.ts';
import { KEY_BYTES } from './aes-gcm.ts';

export interface NamedKey {
	id: string;
	bytes: Buffer;
}

const listed = z.array(z.object({ id: z.string(), key: z.string() }));
const written = z.union([listed, z.object({ keys: listed }).transform(({ keys }) => keys)]);

/** The keys in `text`: `id:base64,id:base64`, or JSON. Throws a StartError that names `source`. */
export function parseKeys(text: string, source: string): NamedKey[] {
	const pairs = /^\s*[[{]/.test(text) ? fromJson(text, source) : fromList(text);
	const keys = pairs.map(({ id, key }) => ({ id, bytes: decode(key) }));
	if (keys.some(({ id }) => !/^[A-Za-z0-9._-]{1,64}$/.test(id)))
		throw new StartError(`${source}: a key's id is 1 to 64 letters, digits, dots, dashes or underscores.`);
	const broken = keys.find(({ bytes }) => bytes.length !== KEY_BYTES);
	if (broken)
		throw new StartError(
			`${source}: key ${broken.id} must be 32 bytes in base64. Make one: openssl rand -base64 32`
		);
	if (keys.length === 0 || new Set(keys.map(({ id }) => id)).size < keys.length)
		throw new StartError(`${source} must hold at least one key, each under an id of its own.`);
	return keys;
}

/** Keys as the file holds them. */
export function formatKeys(keys: readonly NamedKey[]): string {
	const list = keys.map(({ id, bytes }) => ({ id, key: bytes.toString('base64') }));
	return `${JSON.stringify({ keys: list }, null, '\t')}\n`;
}

function fromJson(text: string, source: string): z.infer<typeof listed> {
	try {
		return written.parse(JSON.parse(text));
	} catch {
		// No cause: the errors of JSON.parse quote the text, which is keys.
		throw new StartError(`${source} is no list of keys: [{"id":"…","key":"…"}], the key in base64.`);
	}
}

function fromList(text: string): z.infer<typeof listed> {
	return text.split(',').map((pair) => {
		const [id = '', key = ''] = pair.split(':');
		return { id: id.trim(), key: key.trim() };
	});
}

function decode(base64: string): Buffer {
	return /^[A-Za-z0-9+/_-]{43}=?$/.test(base64) ? Buffer.from(base64, 'base64') : Buffer.alloc(0);
}
