/** Templates and their versions. A version never changes: saving makes a new one, which is what journeys send from then on. */
import pg from 'pg';
import type { z } from 'zod';
import type { TemplateSummary } from '$lib/journey/index.ts';
import { ApiError } from '../api/errors.ts';
import { inTransaction, type Db, type Tx } from '../db/db.ts';
import { templateContentSchema, templateName, templateSlug, type TemplateContent } from './blocks.ts';
import {
	compiledTemplateSchema,
	compileTemplate,
	invalidContent,
	type CompiledTemplate
} from './compile-template.ts';

export const savedTemplateSchema = templateContentSchema.extend({ slug: templateSlug, name: templateName });
export type SavedTemplate = z.infer<typeof savedTemplateSchema>;

/**
 * Saves `input` as the newest version of the template `slug`, made if there is none. Throws ApiError 'input.invalid' with the
 * path of the part at fault, and 'draft.stale' when `basedOn`, the version that was edited, is no longer the newest.
 */
export async function saveTemplate(
	db: Db,
	input: z.input<typeof savedTemplateSchema>,
	userId: number | null,
	basedOn?: number
): Promise<{ templateId: number; versionId: number; number: number }> {
	const { slug, name, ...content } = parseTemplate(savedTemplateSchema, input);
	const compiled = await compileTemplate(content);
	const write = async (tx: Tx) => {
		await refuseText(tx, slug);
		return writeVersion(tx, { slug, name, channel: 'email', content, compiled, userId, basedOn });
	};
	return db instanceof pg.Pool ? inTransaction(db, write) : write(db);
}

/** `input` in the shape of `schema`. What does not fit is an ApiError with the path of the first place, and all of them as `problems`. */
export function parseTemplate<T>(schema: z.ZodType<T>, input: unknown): T {
	const parsed = schema.safeParse(input);
	if (parsed.success) return parsed.data;
	throw invalidContent(
		parsed.error.issues.map(({ path, message }) => ({ path: `/${path.map(String).join('/')}`, message }))
	);
}

async function refuseText(tx: Tx, slug: string): Promise<void> {
	const { rowCount } = await tx.query(`select from templates where slug = $1 and channel <> 'email'`, [slug]);
	if (rowCount) throw new ApiError('conflict', 'This is a text message, so it can’t be saved as an email.');
}

interface Version {
	slug: string;
	name: string;
	channel: 'email' | 'text';
	content: TemplateContent;
	compiled: CompiledTemplate;
	userId: number | null;
	basedOn: number | undefined;
}

/** Writes the next version of a template, within the caller's transaction. */
export async function writeVersion(tx: Tx, version: Version) {
	// The row lock that the update takes keeps two people who save at once in line.
	const template = await tx.query<{ id: number }>(
		'insert into templates (slug, name, channel) values ($1, $2, $3) on conflict (slug) do update set name = excluded.name returning id',
		[version.slug, version.name, version.channel]
	);
	const templateId = template.rows[0]?.id ?? 0;
	const newest = await tx.query<{ number: number }>(
		'select coalesce(max(number), 0) as number from template_versions where template_id = $1',
		[templateId]
	);
	const before = newest.rows[0]?.number ?? 0;
	if (version.basedOn !== undefined && version.basedOn !== before)
		throw new ApiError(
			'draft.stale',
			'Somebody else saved this message meanwhile. Open it again to see their version.'
		);
	const { content, compiled } = version;
	const made = await tx.query<{ id: number }>(
		`insert into template_versions (template_id, number, subject, preheader, blocks, compiled, created_by)
		 values ($1, $2, $3, $4, $5, $6, $7) returning id`,
		[
			templateId,
			before + 1,
			content.subject,
			content.preheader,
			JSON.stringify(content.blocks),
			compiled,
			version.userId
		]
	);
	const versionId = made.rows[0]?.id ?? 0;
	await tx.query('update templates set current_version_id = $1 where id = $2', [versionId, templateId]);
	return { templateId, versionId, number: before + 1 };
}

/** What the journey compiler must know of every template, by name. */
export async function listTemplateSummaries(db: Db): Promise<TemplateSummary[]> {
	const found = await db.query<{ slug: string; name: string; channel: 'email' | 'text'; compiled: unknown }>(
		`select t.slug, t.name, t.channel, v.compiled from templates t join template_versions v on v.id = t.current_version_id
		 order by t.name, t.slug`
	);
	return found.rows.map(({ slug, name, channel, compiled }) => {
		const { subject, words, reads, subjectReads } = compiledTemplateSchema.parse(compiled);
		return { slug, name, channel, subject, text: words, reads, subjectReads };
	});
}

export interface StoredTemplate extends SavedTemplate {
	/** Of the newest version. */
	number: number;
	versionId: number;
	/** Milliseconds since 1970. */
	savedAt: number;
	savedBy: string | null;
}

/** The newest version of the template. Throws ApiError 'not-found'. */
export async function getTemplate(db: Db, slug: string): Promise<StoredTemplate> {
	const found = await db.query<{
		name: string;
		number: number;
		version_id: number;
		subject: string;
		preheader: string;
		blocks: unknown;
		created_at: Date;
		saved_by: string | null;
	}>(
		`select t.name, v.number, v.id as version_id, v.subject, v.preheader, v.blocks, v.created_at, u.name as saved_by
		 from templates t join template_versions v on v.id = t.current_version_id left join users u on u.id = v.created_by
		 where t.slug = $1 and t.channel = 'email'`,
		[slug]
	);
	const row = found.rows[0];
	if (!row) throw new ApiError('not-found', 'There is no such message.');
	const content = templateContentSchema.parse({
		subject: row.subject,
		preheader: row.preheader,
		blocks: row.blocks
	});
	return {
		...content,
		slug,
		name: row.name,
		number: row.number,
		versionId: row.version_id,
		savedAt: row.created_at.getTime(),
		savedBy: row.saved_by
	};
}

/** Compiled versions by id, for those who send. A version that is gone is missing in the answer. */
export async function compiledById(
	db: Db,
	versionIds: readonly number[]
): Promise<Map<number, CompiledTemplate>> {
	const found = await db.query<{ id: number; compiled: unknown }>(
		'select id, compiled from template_versions where id = any($1::int[])',
		[[...new Set(versionIds)]]
	);
	return new Map(found.rows.map(({ id, compiled }) => [id, compiledTemplateSchema.parse(compiled)]));
}
