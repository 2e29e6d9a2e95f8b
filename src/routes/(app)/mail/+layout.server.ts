import type { LayoutServerLoad } from './$types';

/** The newest caught mails; searched by subject, address and name. */
export const load: LayoutServerLoad = async ({ locals, url, depends }) => {
	depends('mail:list');
	const search = url.searchParams.get('search') ?? '';
	return { search, inbox: await locals.api.mail.list({ search }) };
};
