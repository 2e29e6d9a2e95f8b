import { error } from '@sveltejs/kit';
import { getApp } from '$lib/server/app.ts';
import { framedMail } from '$lib/server/mail/framed-mail.ts';
import type { RequestHandler } from './$types';

/** The caught mail itself, for the frame that shows it. */
export const GET: RequestHandler = async ({ locals, params }) => {
	if (!/^\d{1,15}$/.test(params.id)) error(404, 'There is no such mail.');
	const { html } = await locals.api.mail.get({ id: Number(params.id) });
	return framedMail(html ?? '', { publicUrl: getApp().publicUrl, links: true });
};
