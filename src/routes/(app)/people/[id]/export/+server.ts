import type { RequestHandler } from './$types';

/** Everything about the person as a file. By POST: it is recorded, so nothing may fetch it by itself. */
export const POST: RequestHandler = async ({ locals: { api }, params }) => {
	const everything = await api.contacts.rights.export({ id: Number(params.id) });
	return new Response(`${JSON.stringify(everything, null, '\t')}\n`, {
		headers: {
			'content-type': 'application/json; charset=utf-8',
			'content-disposition': `attachment; filename="person-${Number(params.id)}.json"`,
			'cache-control': 'no-store'
		}
	});
};
