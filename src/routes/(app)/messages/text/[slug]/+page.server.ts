import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => {
	const [message, fields] = await Promise.all([
		locals.api.templates.getText({ slug: params.slug }),
		locals.api.templates.fields()
	]);
	return { message, fields };
};
