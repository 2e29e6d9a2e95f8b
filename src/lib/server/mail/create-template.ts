/** A new message, from a start that already is a whole letter or from a copy. */
import type pg from 'pg';
import type { MakeEntry } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Db, Tx } from '../db/db.ts';
import type { TemplateContent } from './blocks.ts';
import { getTemplate, saveTemplate } from './templates.ts';
import { getTextTemplate, saveTextTemplate } from './text-templates.ts';

const start = (name: string, hello: string): TemplateContent => ({
	subject: name,
	preheader: '',
	blocks: [
		{ kind: 'heading', text: name },
		{
			kind: 'text',
			text: `${hello}\n\nWrite here what they should know.`
		}
	]
});

/**
 * Makes the message and its first version. Its slug comes from `name`, with a number where that is taken. `entry` is who does
 * it, for the audit log.
 */
export async function createTemplate(
	pool: pg.Pool,
	{ name, copyOf, channel = 'email' }: { name: string; copyOf?: string; channel?: 'email' | 'text' },
	userId: number | null,
	entry?: MakeEntry
): Promise<{ slug: string }> {
	const write = await (channel === 'text' ? textToWrite : letterToWrite)(pool, name, copyOf);
	return inAuditedTransaction(pool, async (tx, audit) => {
		// Two people who make the same name at once must get two messages.
		await tx.query('lock table templates in share row exclusive mode');
		const base = slugOf(name);
		const taken = await tx.query<{ slug: string }>('select slug from templates where starts_with(slug, $1)', [
			base
		]);
		const slug = freeSlug(base, new Set(taken.rows.map((row) => row.slug)));
		await write(tx, slug, userId);
		if (entry) audit(entry({ action: 'template.create', subject: { kind: 'template', ids: [slug] } }));
		return { slug };
	});
}

type Write = (tx: Tx, slug: string, userId: number | null) => Promise<unknown>;

async function letterToWrite(pool: pg.Pool, name: string, copyOf: string | undefined): Promise<Write> {
	const source = copyOf === undefined ? undefined : await getTemplate(pool, copyOf);
	const { subject, preheader, blocks } = source ?? start(name, await greeting(pool));
	return (tx, slug, userId) => saveTemplate(tx, { slug, name, subject, preheader, blocks }, userId);
}

async function textToWrite(pool: pg.Pool, name: string, copyOf: string | undefined): Promise<Write> {
	const source = copyOf === undefined ? undefined : await getTextTemplate(pool, copyOf);
	const text = source?.text ?? `${await greeting(pool)} write here what they should know.`;
	return (tx, slug, userId) => saveTextTemplate(tx, { slug, name, text }, userId);
}

/** By first name where the workspace knows first names. */
async function greeting(db: Db): Promise<string> {
	const known = await db.query(`select from attributes where key = 'firstName'`);
	return known.rowCount ? 'Hello {{ contact.firstName | default: "there" }},' : 'Hello,';
}

function slugOf(name: string): string {
	const plain = name
		.normalize('NFKD')
		.replace(/\p{M}/gu, '')
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-')
		.replace(/^[^a-z]+|-+$/g, '')
		.slice(0, 56)
		.replace(/-+$/, '');
	return plain || 'message';
}

function freeSlug(base: string, taken: ReadonlySet<string>): string {
	if (!taken.has(base)) return base;
	for (let n = 2; ; n++) if (!taken.has(`${base}-${n}`)) return `${base}-${n}`;
}
