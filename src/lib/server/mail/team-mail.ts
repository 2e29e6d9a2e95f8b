/**
 * Mail to the team itself: invitations, resets, what somebody asked to be told. Nothing about a patient is ever in one: nobody
 * knows whose eyes see an inbox.
 */
import type { App } from '../app.ts';
import type { HandOver } from './hand-over.ts';
import { loadSender } from './sender.ts';
import { openTransport } from './transport.ts';

export interface TeamLetter {
	subject: string;
	/** Paragraphs. */
	lines: readonly string[];
	/** Where to go on; under the paragraphs. */
	link?: { label: string; href: string };
	/** What stands under the link, in small. */
	small?: string;
	/** Whether whoever reads it could come in: in test mode only who manages the team sees it among the caught mails. */
	opensDoor?: boolean;
}

export interface TeamMailbox {
	name: string | null;
	email: string;
}

/** One attempt, outside of any transaction. Never throws for what a mail server does; trying again is the caller's to decide. */
export async function mailTeam(
	app: Pick<App, 'pool' | 'secret' | 'catcherPort' | 'publicUrl'>,
	{ name, email }: TeamMailbox,
	letter: TeamLetter
): Promise<HandOver> {
	const transport = await openTransport(app);
	try {
		return await transport.send({
			subject: oneLine(letter.subject),
			text: textOf(letter),
			html: htmlOf(letter),
			headers: { 'Auto-Submitted': 'auto-generated' },
			messageId: null,
			opensDoor: letter.opensDoor ?? false,
			to: { name: name === null ? null : oneLine(name), address: email },
			fromName: oneLine((await loadSender(app.pool)).name),
			security: 'auto'
		});
	} finally {
		transport.close();
	}
}

function textOf({ lines, link, small }: TeamLetter): string {
	return [...lines, ...(link ? [`${link.label}: ${link.href}`] : []), ...(small ? [small] : [])].join('\n\n');
}

// Mail programs know no style sheets; these few styles look the same in all of them.
const BODY =
	'margin:0;padding:32px 20px;background:#f5f6f6;font-family:system-ui,-apple-system,Segoe UI,Helvetica,Arial,sans-serif;color:#1c2423';
const SHEET =
	'max-width:480px;margin:0 auto;padding:28px 32px;background:#ffffff;border:1px solid #dfe3e2;border-radius:14px';
const LINE = 'margin:0 0 16px;font-size:15px;line-height:1.55';
const BUTTON =
	'display:inline-block;padding:11px 20px;border-radius:8px;background:#0e6b5c;color:#ffffff;font-size:15px;font-weight:600;text-decoration:none';
const SMALL = 'margin:20px 0 0;font-size:13px;line-height:1.5;color:#55605e';

function htmlOf({ lines, link, small }: TeamLetter): string {
	const inside = [
		...lines.map((line) => `<p style="${LINE}">${escape(line)}</p>`),
		...(link
			? [
					`<p style="margin:24px 0 0"><a href="${escape(link.href)}" style="${BUTTON}">${escape(link.label)}</a></p>`
				]
			: []),
		...(small ? [`<p style="${SMALL}">${escape(small)}</p>`] : [])
	].join('');
	return `<!doctype html><html lang="en"><body style="${BODY}"><div style="${SHEET}">${inside}</div></body></html>`;
}

/** A line break in a name must not become a header. */
function oneLine(text: string): string {
	return text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
	return text.replace(/[&<>"]/g, (sign) => entities[sign] ?? sign);
}
