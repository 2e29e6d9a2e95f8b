import { can } from '$lib/server/auth/permissions.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { api, user }, url }) => {
	const after = Number(url.searchParams.get('after'));
	return {
		isFirst: !(after > 0),
		people: await api.contacts.list(after > 0 ? { cursor: after } : {}),
		mayEdit: user !== null && can({ kind: 'user', ...user }, 'contacts.edit'),
		timezones: Intl.supportedValuesOf('timeZone')
	};
};

export const actions: Actions = {
	/** A search is posted, since a name in an address would stay in histories and logs. */
	search: async ({ request, locals: { api } }) => {
		const form = await request.formData();
		const search = String(form.get('search') ?? '').slice(0, 200);
		const cursor = Number(form.get('cursor'));
		return {
			search,
			isFirst: !(cursor > 0),
			people: await api.contacts.list({ search, ...(cursor > 0 ? { cursor } : {}) })
		};
	}
};
