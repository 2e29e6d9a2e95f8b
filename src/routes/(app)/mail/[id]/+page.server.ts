import { error } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => {
	if (!/^\d{1,15}$/.test(params.id)) error(404, 'There is no such mail.');
	const { html, ...mail } = await locals.api.mail.get({ id: Number(params.id) });
	return { mail: { ...mail, hasHtml: html !== null } };
};
