import type { LayoutServerLoad } from './$types';

/** The newest caught mails. A search is posted by the list itself: what is typed is a name or an address. */
export const load: LayoutServerLoad = async ({ locals }) => ({ inbox: await locals.api.mail.list({}) });
