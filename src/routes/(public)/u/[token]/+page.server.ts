import { error } from '@sveltejs/kit';
import { getApp } from '$lib/server/app.ts';
import { findUnsubscribed } from '$lib/server/consent/unsubscribe.ts';
import { readLinkToken } from '$lib/server/mail/link-token.ts';
import { loadSender } from '$lib/server/mail/sender.ts';
import type { PageServerLoad } from './$types';

/** Asks, and changes nothing: scanners follow every link. The button's POST is answered by the mail routes. */
export const load: PageServerLoad = async ({ params, setHeaders }) => {
	setHeaders({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer', 'X-Robots-Tag': 'noindex' });
	const app = getApp();
	const sender = (await loadSender(app.pool)).name;
	if (params.token === 'preview') return { sender, state: 'preview' as const };
	const token = readLinkToken(app.secret, params.token);
	const done = token?.kind === 'unsubscribe' ? await findUnsubscribed(app.pool, token.messageId) : undefined;
	if (done === undefined)
		error(404, 'This link is incomplete. Copy the whole link from the email, and try again.');
	return { sender, state: done ? ('done' as const) : ('asking' as const) };
};
