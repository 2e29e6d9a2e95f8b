/** A mail as a page of its own, to be shown in a frame: no scripts, nothing from elsewhere, no way back into ours. */
import { cleanHtml } from './clean-html.ts';

interface Framing {
	/** Whose pictures it may load: the mail's own pixel lives at the public address. */
	publicUrl: string;
	/** Links open in a new tab; else nothing in it can be followed. */
	links: boolean;
}

/** The answer for the frame. The sandbox holds even when somebody opens the address by itself. */
export function framedMail(html: string, { publicUrl, links }: Framing): Response {
	const policy = [
		"default-src 'none'",
		"style-src 'unsafe-inline'",
		`img-src 'self' ${links ? new URL(publicUrl).origin : ''} data:`,
		"form-action 'none'",
		"base-uri 'none'",
		"frame-ancestors 'self'",
		links ? 'sandbox allow-popups allow-popups-to-escape-sandbox' : 'sandbox'
	].join('; ');
	const clean = cleanHtml(html);
	return new Response(links ? openInNewTab(clean) : clean, {
		headers: {
			'Content-Type': 'text/html; charset=utf-8',
			'Content-Security-Policy': policy,
			'Referrer-Policy': 'no-referrer',
			'Cache-Control': 'private, no-store'
		}
	});
}

function openInNewTab(html: string): string {
	const base = '<base target="_blank">';
	return /<head[^>]*>/i.test(html) ? html.replace(/<head[^>]*>/i, (head) => head + base) : base + html;
}
