/** Text messages: a name and a few lines of Liquid. Kept as templates of the channel `text`, by versions as letters are. */
import { createHash } from 'node:crypto';
import pg from 'pg';
import { z } from 'zod';
import { LiquidProblem } from '$lib/journey/liquid.ts';
import { ApiError } from '../api/errors.ts';
import { inTransaction, type Db, type Tx } from '../db/db.ts';
import { templateName, templateSlug } from './blocks.ts';
import { invalidContent, messageReads, type CompiledTemplate } from './compile-template.ts';
import { section } from './frame.ts';
import { parseTemplate, writeVersion } from './templates.ts';

/** Ten parts of a text message, as networks carry it. */
const LONGEST_TEXT = 1530;

export const textTemplateSchema = z.strictObject({
	slug: templateSlug,
	name: templateName,
	text: z
		.string()
		.trim()
		.min(1, 'Write what they should read.')
		.max(LONGEST_TEXT, `A text message can have ${LONGEST_TEXT.toLocaleString('en-US')} characters.`)
		// Private-use characters mark parts of a message; control characters belong in none.
		.refine(
			(text) => !/[\uE000-\uF8FF]|(?![\n\r])\p{Cc}/u.test(text),
			'There is a character here that a text can’t carry. Type this part again.'
		)
});
export type TextTemplate = z.infer<typeof textTemplateSchema>;

/**
 * Saves `input` as the newest version of the text `slug`, made if there is none. Throws ApiError 'input.invalid' with the path
 * at fault, 'draft.stale' as `saveTemplate`, and 'conflict' where an email has that short name.
 */
export async function saveTextTemplate(
	db: Db,
	input: TextTemplate,
	userId: number | null,
	basedOn?: number
): Promise<{ templateId: number; versionId: number; number: number }> {
	const { slug, name, text } = parseTemplate(textTemplateSchema, input);
	const compiled = compileText(text);
	const content = { subject: '', preheader: '', blocks: [{ kind: 'text' as const, text }] };
	const write = async (tx: Tx) => {
		await refuseOtherChannel(tx, slug);
		return writeVersion(tx, { slug, name, channel: 'text', content, compiled, userId, basedOn });
	};
	return db instanceof pg.Pool ? inTransaction(db, write) : write(db);
}

async function refuseOtherChannel(tx: Tx, slug: string): Promise<void> {
	const { rowCount } = await tx.query(`select from templates where slug = $1 and channel <> 'text'`, [slug]);
	if (rowCount) throw new ApiError('conflict', 'This is an email, so it can’t be saved as a text.');
}

/** Marketing says how to stop it (47 CFR 64.1200), also where the writer did not. */
const STOP = '{{ links.unsubscribe }}';

function compileText(text: string): CompiledTemplate {
	const reads = readsOrRefuse(text);
	const stops = reads.includes('links.unsubscribe');
	const whole = stops ? text : text + section('marketing', `\nNo more offers: ${STOP}`);
	return {
		format: 'stepwell.message/1',
		digest: createHash('sha256')
			.update(JSON.stringify(['text', whole]))
			.digest('base64url'),
		subject: '',
		html: '',
		text: whole,
		links: [],
		reads: reads.filter((read) => read !== 'links.unsubscribe').sort(),
		subjectReads: [],
		words: text
	};
}

function readsOrRefuse(text: string): string[] {
	try {
		return messageReads(text);
	} catch (error) {
		if (!(error instanceof LiquidProblem)) throw error;
		throw invalidContent([{ path: '/text', message: error.message }]);
	}
}

/** The newest version of the text. Throws ApiError 'not-found', also for an email. */
export async function getTextTemplate(
	db: Db,
	slug: string
): Promise<TextTemplate & { number: number; savedAt: number; reads: string[] }> {
	const { rows } = await db.query<{
		name: string;
		number: number;
		text: string;
		reads: string[];
		created_at: Date;
	}>(
		`select t.name, v.number, v.blocks->0->>'text' as text, v.compiled->'reads' as reads, v.created_at
		 from templates t join template_versions v on v.id = t.current_version_id where t.slug = $1 and t.channel = 'text'`,
		[slug]
	);
	const [row] = rows;
	if (!row) throw new ApiError('not-found', 'There is no such text message.');
	const { name, number, text, reads } = row;
	return { slug, name, number, text, reads, savedAt: row.created_at.getTime() };
}
