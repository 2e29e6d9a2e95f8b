/** One mail from one template version and one contact's facts. Pure, but for keeping parsed templates. */
import type { App } from '../app.ts';
import type { CompiledTemplate } from './compile-template.ts';
import { cutSections, type Section } from './frame.ts';
import { makeLinkToken } from './link-token.ts';
import { htmlMerge, textMerge, type Merge } from './merge.ts';

export interface MailFacts {
	/** Null for a preview or a test: its links lead straight to their target, nothing is counted, nobody unsubscribed. */
	messageId: number | null;
	contact: {
		name: string | null;
		email: string | null;
		phone?: string | null;
		/** IANA zone, for the dates in the message; else the workspace's. */
		timezone: string | null;
		attributes: Record<string, unknown>;
	};
	/** Properties of the event that let the contact in. */
	trigger: Record<string, unknown>;
	journeyName: string;
	/** What `classify` says, not the purpose: it decides on the unsubscribe link and the RFC 8058 headers. */
	marketing: boolean;
	workspace: { name: string; postalAddress: string; timezone: string };
}

export interface ComposedMail {
	/** One line. */
	subject: string;
	html: string;
	text: string;
	headers: Record<string, string>;
}

type Links = Pick<App, 'secret' | 'publicUrl'>;

/** Merges `compiled` for one contact. Throws a RenderError of LiquidJS when a limit is passed. */
export function composeMail(app: Links, compiled: CompiledTemplate, facts: MailFacts): ComposedMail {
	const parsed = parsedOf(compiled);
	const links = linksOf(app, compiled, facts);
	const scope = {
		contact: contactScope(facts.contact),
		trigger: facts.trigger,
		journey: { name: facts.journeyName },
		sender: {
			name: facts.workspace.name,
			imprint: imprintOf(facts.workspace)
		},
		links
	};
	const options = { zone: facts.contact.timezone ?? facts.workspace.timezone };
	const shown: Record<Section, boolean> = {
		marketing: facts.marketing,
		care: !facts.marketing,
		tracked: facts.messageId !== null
	};
	const merged = (parts: readonly Part[]) => {
		let text = '';
		for (const { section, merge } of parts)
			if (section === null || shown[section]) text += merge(scope, options);
		return text;
	};
	return {
		subject: oneLine(merged(parsed.subject)),
		html: merged(parsed.html),
		text: merged(parsed.text),
		headers: headersOf(links.unsubscribe, facts.marketing)
	};
}

/** The fields that a template reads as `contact.…`: the attributes, and what every contact has. */
function contactScope(contact: MailFacts['contact']): Record<string, unknown> {
	return { ...contact.attributes, name: contact.name, email: contact.email, phone: contact.phone ?? null };
}

/** Who sends it and from where (16 CFR 316: a valid postal address), on one line. */
function imprintOf({ name, postalAddress }: MailFacts['workspace']): string {
	const address = oneLine(postalAddress.replace(/\s*\n\s*/g, ', '));
	if (address === '') return name;
	return address.toLowerCase().startsWith(name.toLowerCase()) ? address : `${name} · ${address}`;
}

function linksOf(
	app: Links,
	compiled: CompiledTemplate,
	facts: MailFacts
): Record<string, string> & { unsubscribe: string } {
	const { messageId } = facts;
	if (messageId === null) {
		const direct = Object.fromEntries(compiled.links.map((url, index) => [`to${index}`, url]));
		return { ...direct, open: '', unsubscribe: `${app.publicUrl}/u/preview` };
	}
	const links: Record<string, string> & { unsubscribe: string } = {
		open: `${app.publicUrl}/t/o/${makeLinkToken(app.secret, { messageId, kind: 'open', link: 0 })}.gif`,
		unsubscribe: `${app.publicUrl}/u/${makeLinkToken(app.secret, { messageId, kind: 'unsubscribe', link: 0 })}`
	};
	compiled.links.forEach((_, link) => {
		links[`to${link}`] =
			`${app.publicUrl}/t/c/${makeLinkToken(app.secret, { messageId, kind: 'click', link })}`;
	});
	return links;
}

/** RFC 8058: both headers, on marketing only. `Auto-Submitted` (RFC 3834) keeps out-of-office replies away. */
function headersOf(unsubscribe: string, marketing: boolean): Record<string, string> {
	if (!marketing) return { 'Auto-Submitted': 'auto-generated' };
	return {
		'Auto-Submitted': 'auto-generated',
		'List-Unsubscribe': `<${unsubscribe}>`,
		'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click'
	};
}

/** A line break in a header would let a contact's data write headers of its own. */
function oneLine(text: string): string {
	return text
		.replace(/\s+/g, ' ')
		.replace(/\p{Cc}/gu, '')
		.trim();
}

interface Part {
	section: Section | null;
	merge: Merge;
}
interface Parsed {
	subject: Part[];
	html: Part[];
	text: Part[];
}

const KEPT = 200;
const parsedByDigest = new Map<string, Parsed>();

function parsedOf(compiled: CompiledTemplate): Parsed {
	const known = parsedByDigest.get(compiled.digest);
	if (known) return known;
	const parts = (text: string, merge: (text: string) => Merge) =>
		cutSections(text).map((part) => ({ section: part.section, merge: merge(part.text) }));
	const parsed = {
		subject: parts(compiled.subject, textMerge),
		html: parts(compiled.html, htmlMerge),
		text: parts(compiled.text, textMerge)
	};
	const oldest = parsedByDigest.size >= KEPT ? parsedByDigest.keys().next().value : undefined;
	if (oldest !== undefined) parsedByDigest.delete(oldest);
	parsedByDigest.set(compiled.digest, parsed);
	return parsed;
}
