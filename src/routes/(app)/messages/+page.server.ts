import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => ({ messages: await locals.api.templates.list() });
