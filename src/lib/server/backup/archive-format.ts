/** What an archive says of itself, in its tables `_stepwell` and `_stepwell_tables`. `ARCHIVE.md` is the same in words for others. */
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { z } from 'zod';
import { StartError } from '../db/start-error.ts';
import { unwrapKey, wrapKey } from '../seal/aes-gcm.ts';
import type { KeyProvider, WrappedKey } from '../seal/key-provider.ts';
import { columnSchema, measureSchema, partitionSchema, sequenceSchema } from './manifest.ts';
import { kdfSchema, orWrong } from './passphrase.ts';
import { migrationsSchema } from './schema-version.ts';

export const ARCHIVE_FORMAT = 'stepwell.archive/1';

export const aboutSchema = z.strictObject({
	format: z.literal(ARCHIVE_FORMAT),
	/** How to read the file, for a person. */
	readme: z.string(),
	product: z.string(),
	at: z.string(),
	kdf: kdfSchema,
	/** The app's secret under the passphrase's key, base64. */
	secret: z.base64(),
	migrations: migrationsSchema,
	partitions: z.array(partitionSchema),
	sequences: z.array(sequenceSchema),
	/** Rows of the queue's jobs, in COPY's text format. */
	jobs: z.string()
});
export type About = z.infer<typeof aboutSchema>;

export const archivedTable = z.strictObject({
	name: z.string().regex(/^[a-z_][a-z0-9_]*$/),
	columns: z.array(columnSchema),
	...measureSchema
});
export type ArchivedTable = z.infer<typeof archivedTable>;

/**
 * Another installation has its own visitors: who is signed in here, or is about to be, is not there, and no mailed link opens
 * both. All else that is a table goes along.
 */
export const STAYS_HERE: readonly string[] = [
	'sessions',
	'ceremonies',
	'invitations',
	'password_resets',
	'saml_assertions'
];

/** The table whose rows are wrapped anew on the way out and in; what they wrap stays, and so do all sealed rows. */
export const DATA_KEYS = 'data_keys';

const KEY_ID = 'archive';

/** A key provider whose one key comes out of a passphrase. */
export class ArchiveKey implements KeyProvider {
	private readonly key: KeyObject;

	constructor(key: KeyObject) {
		this.key = key;
	}

	currentKeyId(): Promise<string> {
		return Promise.resolve(KEY_ID);
	}

	wrap(key: Buffer, context: string): Promise<WrappedKey> {
		return Promise.resolve({ keyId: KEY_ID, wrapped: wrapKey(this.key, `${KEY_ID}|${context}`, key) });
	}

	/** Throws a StartError when the passphrase was another one. */
	unwrap(_keyId: string, wrapped: Buffer, context: string): Promise<Buffer> {
		return Promise.resolve(orWrong(() => unwrapKey(this.key, `${KEY_ID}|${context}`, wrapped)));
	}
}

/** ARCHIVE.md, which every archive carries. Not from beside this file, which the product's bundle moves. */
export function readReadme(): string {
	return readFileSync('src/lib/server/backup/ARCHIVE.md', 'utf8');
}

export function writeAbout(file: Database.Database, about: About): void {
	file.exec('create table _stepwell (key text primary key, value text not null)');
	const insert = file.prepare('insert into _stepwell values (?, ?)');
	for (const [key, value] of Object.entries(about))
		insert.run(key, typeof value === 'string' ? value : JSON.stringify(value));
}

/** Throws a StartError for what is no archive, or one of a format that came later. */
export function readAbout(file: Database.Database, name: string): About {
	try {
		const rows = file.prepare<[], { key: string; value: string }>('select key, value from _stepwell').all();
		const structured = new Set(['kdf', 'migrations', 'partitions', 'sequences']);
		return aboutSchema.parse(
			Object.fromEntries(
				rows.map(({ key, value }) => [key, structured.has(key) ? (JSON.parse(value) as unknown) : value])
			)
		);
	} catch (cause) {
		throw new StartError(`${name} is no archive of Stepwell, or was made by a newer one.`, { cause });
	}
}
