import { error } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { api }, params }) => {
	const id = Number(params.id);
	if (!Number.isSafeInteger(id) || id <= 0) error(404, 'There is no such person.');
	const erased = await api.contacts.rights.erased({ id });
	return {
		id,
		erased,
		person: erased ? null : await api.contacts.get({ id }),
		byHand: erased ? [] : await api.journeys.byHand(),
		timezones: Intl.supportedValuesOf('timeZone')
	};
};
