import { getApp } from '$lib/server/app.ts';
import { framedMail } from '$lib/server/mail/framed-mail.ts';
import type { RequestHandler } from './$types';

/** The message for a made-up person, as the small picture on its card. */
export const GET: RequestHandler = async ({ locals, params }) => {
	const { subject, preheader, blocks, uses } = await locals.api.templates.get({ slug: params.slug });
	const marketing = uses.some(({ purpose }) => purpose === 'marketing');
	const { html } = await locals.api.templates.preview({ subject, preheader, blocks, marketing });
	return framedMail(html, { publicUrl: getApp().publicUrl, links: false });
};
