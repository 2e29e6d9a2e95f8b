/** What a backup says of itself: `manifest.json`, and the check of every file that it names. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { StartError } from '../db/start-error.ts';
import { migrationsSchema } from './schema-version.ts';

export const BACKUP_FORMAT = 'stepwell.backup/1';
export const MANIFEST = 'manifest.json';

const name = z.string().regex(/^[a-z_][a-z0-9_]*$/);
const fileSchema = z.strictObject({
	/** Below the backup's folder. */
	path: z.string().regex(/^(tables\/|audit\/)?[a-z0-9_-]+(\.[a-z0-9]+)+$/),
	bytes: z.int(),
	sha256: z.string()
});
export type KeptFile = z.infer<typeof fileSchema>;

export const columnSchema = z.strictObject({ name, type: z.string() });
export const partitionSchema = z.strictObject({
	name,
	parent: name,
	// It becomes part of a statement.
	bound: z.string().regex(/^(DEFAULT|FOR VALUES FROM \('[0-9: +-]+'\) TO \('[0-9: +-]+'\))$/)
});
export const sequenceSchema = z.strictObject({ name, last: z.int(), called: z.boolean() });
export const measureSchema = { rows: z.int(), digest: z.string() };

const keptTable = z.strictObject({
	name,
	columns: z.array(columnSchema),
	...measureSchema,
	/** The rows in COPY's text format, through gzip. */
	file: fileSchema
});
export type KeptTable = z.infer<typeof keptTable>;

const manifestSchema = z.strictObject({
	format: z.literal(BACKUP_FORMAT),
	id: z.string(),
	/** The version of Stepwell that made it. */
	product: z.string(),
	/** When its transaction began. */
	at: z.iso.datetime(),
	migrations: migrationsSchema,
	tables: z.array(keptTable),
	partitions: z.array(partitionSchema),
	sequences: z.array(sequenceSchema),
	/** Work asked for and not done, told by a payload; what has none is found again from the tables. */
	jobs: keptTable,
	/** What lay beside the database. */
	files: z.array(fileSchema)
});
export type Manifest = z.infer<typeof manifestSchema>;

/** The manifest of the backup in `folder`, and the hash of its bytes. Throws a StartError for what is no backup. */
export function readManifest(folder: string): { manifest: Manifest; sha256: string } {
	const file = join(folder, MANIFEST);
	if (!existsSync(file)) throw new StartError(`${folder} is no backup: it has no ${MANIFEST}.`);
	const bytes = readFileSync(file);
	const { success, data } = manifestSchema.safeParse(parse(bytes));
	if (!success)
		throw new StartError(
			`${file} was changed, or made by a newer Stepwell: it does not say what is in the backup.`
		);
	return { manifest: data, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function parse(bytes: Buffer): unknown {
	try {
		return JSON.parse(bytes.toString('utf8'));
	} catch {
		return undefined; // No schema accepts it, so the caller says that it is no manifest.
	}
}

/** Reads every file of the backup once. Throws a StartError that names the first which is not as it was written. */
export async function checkFiles(folder: string, manifest: Manifest): Promise<void> {
	const files = [...manifest.tables, manifest.jobs].map((table) => table.file).concat(manifest.files);
	for (const file of files) {
		const found = await hashOf(join(folder, file.path));
		if (found !== file.sha256)
			throw new StartError(
				`${join(folder, file.path)} ${found === null ? 'is missing' : 'was changed since the backup was made'}. Use another copy of this backup. Nothing was restored.`
			);
	}
}

async function hashOf(file: string): Promise<string | null> {
	if (!existsSync(file)) return null;
	const hash = createHash('sha256');
	for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
	return hash.digest('hex');
}
