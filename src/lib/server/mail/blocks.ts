/** What a message is made of, as people edit it and as it is stored. */
import { z } from 'zod';
import { linksIn } from './inline.ts';
import { LiquidProblem } from '$lib/journey/liquid.ts';
import { Placeholders } from './placeholders.ts';

/** The one address in a message that is made for each reader. */
export const UNSUBSCRIBE = '{{ links.unsubscribe }}';
const isUnsubscribe = (url: string) => /^\{\{\s*links\.unsubscribe\s*\}\}$/.test(url);

// Private-use characters stand for Liquid while a message is rendered; control characters belong in no message.
const UNUSABLE = /[\uE000-\uF8FF]|(?![\t\n\r])\p{Cc}/u;
const words = (most: number, what: string) =>
	z
		.string()
		.max(most, `${what} can have ${most.toLocaleString('en-US')} characters.`)
		.refine(
			(text) => !UNUSABLE.test(text),
			'There is a character here that mail can’t carry. Type this part again.'
		);
const line = (most: number, what: string) =>
	words(most, what).refine((text) => !/[\r\n]/.test(text), `${what} is one line.`);

/**
 * Why `url` can't be a link in a message, or null. Links are the same for everybody: the only Liquid is the unsubscribe
 * link, because what is in an address ends up in logs and histories that are nobody's to keep a patient's data in.
 */
export function linkProblem(url: string): string | null {
	if (isUnsubscribe(url)) return null;
	if (url === '') return 'Say where it leads: an address that starts with https://.';
	if (url.includes('{{') || url.includes('{%'))
		return 'A link can’t hold a person’s data: it would end up in logs and histories. Use the same address for everybody.';
	if (!/^https?:\/\//i.test(url)) return 'Start the address with https://.';
	if (/[\s\\<>"]/.test(url) || !URL.canParse(url)) return 'This does not read as a web address.';
	const parsed = new URL(url);
	if (parsed.username || parsed.password) return 'An address with a name or password in it can’t be used.';
	return null;
}

function checkLinks(text: string, context: z.RefinementCtx): void {
	for (const { label, url } of linksWithLiquid(text)) {
		const problem = linkProblem(url);
		if (problem) context.addIssue({ code: 'custom', message: `The link “${label}”: ${problem}` });
	}
}

function linksWithLiquid(text: string): { label: string; url: string }[] {
	const placeholders = new Placeholders();
	try {
		return linksIn(placeholders.hideIn(text)).map(({ label, url }) => ({
			label: placeholders.restore(label),
			url: placeholders.restore(url)
		}));
	} catch (error) {
		// What does not parse is told with its line when the message is compiled.
		if (error instanceof LiquidProblem) return [];
		throw error;
	}
}

export const blockSchema = z.discriminatedUnion('kind', [
	z.strictObject({ kind: z.literal('heading'), text: line(300, 'A heading') }),
	z.strictObject({ kind: z.literal('text'), text: words(10_000, 'A text').superRefine(checkLinks) }),
	z.strictObject({
		kind: z.literal('button'),
		label: line(120, 'A button’s label').refine((text) => text.trim() !== '', 'Say what the button does.'),
		url: z
			.string()
			.trim()
			.max(2000, 'An address can have 2,000 characters.')
			.superRefine((url, context) => {
				const problem = linkProblem(url);
				if (problem) context.addIssue({ code: 'custom', message: problem });
			})
	}),
	z.strictObject({ kind: z.literal('divider') })
]);
export type Block = z.infer<typeof blockSchema>;

export const templateContentSchema = z.strictObject({
	subject: line(300, 'The subject').refine((text) => text.trim() !== '', 'Give the message a subject.'),
	preheader: line(300, 'The preview line').default(''),
	blocks: z
		.array(blockSchema)
		.min(1, 'Add a text, so that there is something to read.')
		.max(60, 'A message can have 60 parts.')
});
export type TemplateContent = z.infer<typeof templateContentSchema>;

export const templateSlug = z
	.string()
	.regex(
		/^[a-z][a-z0-9-]{0,63}$/,
		'A short name has small letters, digits and hyphens, and starts with a letter.'
	);
export const templateName = z
	.string()
	.trim()
	.min(1, 'Give the message a name.')
	.max(120, 'A name can have 120 characters.');
