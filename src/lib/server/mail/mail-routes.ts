/**
 * What the links in a mail reach, before SvelteKit: the pixel, the tracked links, and one-click unsubscribing (RFC 8058),
 * which comes without cookie, Origin or login. A GET changes nothing but counts: scanners follow every link.
 */
import { getApp } from '../app.ts';
import { systemEntries } from '../audit/call.ts';
import { unsubscribe } from '../consent/unsubscribe.ts';
import { recordEngagement } from './engagements.ts';
import { readLinkToken, type LinkKind } from './link-token.ts';

const OPEN = /^\/t\/o\/([^/]+)\.gif$/;
const CLICK = /^\/t\/c\/([^/]+)$/;
const UNSUBSCRIBE = /^\/u\/([^/]+)$/;

const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

const quiet = {
	'Cache-Control': 'no-store',
	// Where the reader goes next must not learn which mail they came from.
	'Referrer-Policy': 'no-referrer',
	'X-Robots-Tag': 'noindex',
	// A mail in a browser shows our pixel from another site.
	'Cross-Origin-Resource-Policy': 'cross-origin'
};

/** Answers `/t/*` and POST `/u/*`; null for everything else. */
export async function mailRoutes(request: Request): Promise<Response | null> {
	const { pathname } = new URL(request.url);
	const unsubscribing = UNSUBSCRIBE.exec(pathname);
	if (unsubscribing?.[1] && request.method === 'POST') return answerUnsubscribe(request, unsubscribing[1]);
	if (!pathname.startsWith('/t/')) return null;
	if (request.method !== 'GET' && request.method !== 'HEAD')
		return new Response('Only GET is answered here.\n', {
			status: 405,
			headers: { ...quiet, Allow: 'GET, HEAD' }
		});
	const open = OPEN.exec(pathname);
	if (open?.[1]) return answerOpen(request, open[1]);
	const click = CLICK.exec(pathname);
	return click?.[1] ? answerClick(request, click[1]) : notFound();
}

async function answerOpen(request: Request, token: string): Promise<Response> {
	const answer = await engage(request, token, 'open');
	if (!answer) return notFound();
	const body = request.method === 'HEAD' ? null : new Uint8Array(PIXEL);
	return new Response(body, { headers: { ...quiet, 'Content-Type': 'image/gif' } });
}

async function answerClick(request: Request, token: string): Promise<Response> {
	const answer = await engage(request, token, 'click');
	if (!answer?.target) return notFound();
	return new Response(null, { status: 302, headers: { ...quiet, Location: answer.target } });
}

async function engage(request: Request, token: string, kind: 'open' | 'click') {
	const read = readToken(token, kind);
	if (!read) return null;
	return recordEngagement(getApp(), {
		messageId: read.messageId,
		kind,
		link: read.link,
		method: request.method,
		userAgent: request.headers.get('user-agent') ?? ''
	});
}

async function answerUnsubscribe(request: Request, token: string): Promise<Response> {
	const read = readToken(token, 'unsubscribe');
	const app = getApp();
	const entry = systemEntries('unsubscribe-link', app.clock);
	if (!read || !(await unsubscribe(app, read.messageId, entry))) return notFound();
	// RFC 8058 forbids a redirect; the button on our own page asks for one to come back to it.
	if (await isFromPage(request))
		return new Response(null, { status: 303, headers: { ...quiet, Location: `/u/${token}` } });
	return new Response('You are unsubscribed.\n', {
		headers: { ...quiet, 'Content-Type': 'text/plain; charset=utf-8' }
	});
}

async function isFromPage(request: Request): Promise<boolean> {
	const type = request.headers.get('content-type') ?? '';
	if (!type.startsWith('application/x-www-form-urlencoded')) return false;
	return new URLSearchParams(await request.text()).get('from') === 'page';
}

function readToken(token: string, kind: LinkKind) {
	const read = readLinkToken(getApp().secret, token);
	return read?.kind === kind ? read : null;
}

function notFound(): Response {
	return new Response('There is nothing here. The link may be incomplete.\n', {
		status: 404,
		headers: { ...quiet, 'Content-Type': 'text/plain; charset=utf-8' }
	});
}
