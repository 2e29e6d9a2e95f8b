/** From what people edit to what is merged per contact: compiled once a version, kept with it. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ApiError } from '../api/errors.ts';
import { UNSUBSCRIBE, type Block, type TemplateContent } from './blocks.ts';
import { CARE_REASON, MARKETING_REASON, section, SECTION_END, sectionStart } from './frame.ts';
import { parseLine, parseParagraphs, wordsOf, type Inline } from './inline.ts';
import { LiquidProblem, readsOf } from '$lib/journey/liquid.ts';
import { Placeholders } from './placeholders.ts';
import { plainLetter } from './plain-letter.ts';
import type { Letter, Part } from './render.tsx';

/** A template version ready to be merged. The three texts are Liquid. */
export const compiledTemplateSchema = z.object({
	format: z.literal('stepwell.message/1'),
	/** Of the three texts: what was parsed for one digest need not be parsed again. */
	digest: z.string(),
	subject: z.string(),
	html: z.string(),
	text: z.string(),
	/** Where the tracked links lead, by number. Looked up here when one is clicked, so no address travels in a link. */
	links: z.array(z.string()),
	/** Liquid paths of contact, trigger and journey that the message reads, the subject included. */
	reads: z.array(z.string()),
	subjectReads: z.array(z.string()),
	/** All its words, for the check of what advertises. */
	words: z.string()
});
export type CompiledTemplate = z.infer<typeof compiledTemplateSchema>;

// Gmail cuts a message off at 102 kB and hides the unsubscribe link with the rest.
const LARGEST_HTML = 100_000;

/**
 * Compiles a message. Throws ApiError 'input.invalid' with a path such as `/blocks/2/text` where its Liquid does not
 * parse or reads what a message can't read; `problems` has every such place.
 */
export async function compileTemplate(content: TemplateContent): Promise<CompiledTemplate> {
	const problems: ContentProblem[] = [];
	const readsAt = (path: string, text: string, roots: ReadonlySet<string>) => {
		const found = readsOrProblem(path, text, roots);
		if (Array.isArray(found)) return found;
		problems.push(found);
		return [];
	};
	const subjectReads = readsAt('/subject', content.subject, subjectRoots);
	const reads = new Set([...subjectReads, ...readsAt('/preheader', content.preheader, subjectRoots)]);
	content.blocks.forEach((block, index) => {
		for (const [key, text] of textsOf(block))
			for (const read of readsAt(`/blocks/${index}/${key}`, text, bodyRoots)) reads.add(read);
	});
	if (problems.length > 0) throw invalidContent(problems);
	reads.delete('links.unsubscribe');

	const { html, links } = await htmlOf(content);
	const text = plainLetter(content.blocks, links);
	return {
		format: 'stepwell.message/1',
		digest: createHash('sha256')
			.update(JSON.stringify([content.subject, html, text]))
			.digest('base64url'),
		subject: content.subject,
		html,
		text,
		links,
		reads: [...reads].sort(),
		subjectReads,
		words: [content.subject, content.preheader, ...content.blocks.map(wordsOfBlock)]
			.filter(Boolean)
			.join('\n')
	};
}

const subjectRoots = new Set(['contact', 'trigger', 'journey']);
const bodyRoots = new Set([...subjectRoots, 'links']);

function textsOf(block: Block): [string, string][] {
	switch (block.kind) {
		case 'heading':
		case 'text':
			return [['text', block.text]];
		case 'button':
			return [['label', block.label]];
		case 'divider':
			return [];
	}
}

function wordsOfBlock(block: Block): string {
	return textsOf(block)
		.map(([, text]) => wordsOf(text))
		.join('');
}

function readsOrProblem(path: string, text: string, roots: ReadonlySet<string>): string[] | ContentProblem {
	try {
		return checkedReads(text, roots);
	} catch (error) {
		if (!(error instanceof LiquidProblem)) throw error;
		const place = text.includes('\n') ? `Line ${error.line}: ` : '';
		return { path, message: place + error.message };
	}
}

/** What the words of a message read. Throws LiquidProblem where they don't parse, or read what a message can't. */
export function messageReads(text: string): string[] {
	return checkedReads(text, bodyRoots);
}

function checkedReads(text: string, roots: ReadonlySet<string>): string[] {
	const reads = readsOf(text);
	for (const read of reads) refuseUnknown(read, roots);
	return reads;
}

/** What is wrong with a part of a message. */
export interface ContentProblem {
	/** Such as `/blocks/2/text`. */
	path: string;
	message: string;
}

/** The ApiError that tells all of `problems`, which has at least one, and speaks for the first. */
export function invalidContent(problems: readonly ContentProblem[]): ApiError {
	const first = problems[0] ?? { path: '/', message: 'The message is malformed.' };
	return new ApiError('input.invalid', first.message, { path: first.path, problems: [...problems] });
}

function refuseUnknown(read: string, roots: ReadonlySet<string>): void {
	const [root = '', field] = read.split('.');
	if (!roots.has(root))
		throw new LiquidProblem(
			`“${read}” is nothing a message can read here. Use contact.…, trigger.… or journey.name.`,
			1
		);
	if (field === undefined)
		throw new LiquidProblem(`“${root}” is not one value: name a field of it, such as ${root}.name.`, 1);
	if (root === 'journey' && read !== 'journey.name')
		throw new LiquidProblem(`A journey has no “${field}” for messages, only journey.name.`, 1);
	if (root === 'links' && read !== 'links.unsubscribe')
		throw new LiquidProblem(`There is no link “${field}”, only links.unsubscribe.`, 1);
}

async function htmlOf(content: TemplateContent): Promise<{ html: string; links: string[] }> {
	const placeholders = new Placeholders();
	const links: string[] = [];
	const tracked = (url: string): string => {
		const restored = placeholders.restore(url);
		if (restored.includes('{{')) return placeholders.hide(UNSUBSCRIBE);
		return placeholders.hide(`{{ links.to${links.push(restored) - 1} }}`);
	};
	const letter: Letter = {
		title: placeholders.hideIn(content.subject),
		preheader: placeholders.hideIn(content.preheader),
		parts: content.blocks.map((block) => partOf(block, placeholders, tracked)),
		...frame(placeholders)
	};
	// Only now is the module with React in it needed.
	const { renderLetter } = await import('./render.tsx');
	const html = placeholders.restore(await renderLetter(letter));
	if (Buffer.byteLength(html) > LARGEST_HTML)
		throw new ApiError(
			'input.invalid',
			'The message is too long: mail programs cut it off after 100 kB. Take something out.',
			{
				path: '/blocks'
			}
		);
	return { html, links };
}

function partOf(block: Block, placeholders: Placeholders, tracked: (url: string) => string): Part {
	const withLinks = (pieces: Inline[]): Inline[] =>
		pieces.map((piece) => {
			if (piece.kind === 'link') return { ...piece, url: tracked(piece.url) };
			return piece.kind === 'bold' ? { ...piece, children: withLinks(piece.children) } : piece;
		});
	switch (block.kind) {
		case 'heading':
			return { kind: 'heading', pieces: withoutLinks(parseLine(placeholders.hideIn(block.text))) };
		case 'text': {
			const paragraphs = parseParagraphs(placeholders.hideIn(block.text));
			return { kind: 'text', paragraphs: paragraphs.map((lines) => lines.map(withLinks)) };
		}
		case 'button':
			return {
				kind: 'button',
				label: withoutLinks(parseLine(placeholders.hideIn(block.label))),
				url: tracked(block.url)
			};
		case 'divider':
			return { kind: 'divider' };
	}
}

/** A heading or a label has no links in it: their words stay. */
function withoutLinks(pieces: Inline[]): Inline[] {
	return pieces.map((piece) => {
		if (piece.kind === 'link') return { kind: 'text', text: piece.label };
		return piece.kind === 'bold' ? { ...piece, children: withoutLinks(piece.children) } : piece;
	});
}

/** What every message has and nobody can take out: who sends it, from where, why, and how to stop marketing (16 CFR 316). */
function frame(placeholders: Placeholders): Pick<Letter, 'sender' | 'footer' | 'pixel'> {
	const hide = (liquid: string) => placeholders.hide(liquid);
	return {
		sender: hide('{{ sender.name }}'),
		footer: {
			imprint: hide('{{ sender.imprint }}'),
			care: hide(section('care', CARE_REASON)),
			marketing: {
				start: hide(sectionStart('marketing')),
				end: hide(SECTION_END),
				text: MARKETING_REASON,
				label: 'Unsubscribe',
				url: hide(UNSUBSCRIBE)
			}
		},
		pixel: { start: hide(sectionStart('tracked')), end: hide(SECTION_END), url: hide('{{ links.open }}') }
	};
}
