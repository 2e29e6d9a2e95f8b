import { disclosureCsv } from '$lib/server/people/disclosure-csv.ts';
import type { RequestHandler } from './$types';
import { periodOf } from '../period.ts';
import { purposes } from '../../rights/words.ts';

/** The report as a file for a spreadsheet. What is taken out asks for more than what is looked at: the factors, shown lately. */
export const POST: RequestHandler = async ({ locals: { api }, params, url }) => {
	await api.account.fresh();
	const { disclosures } = await api.contacts.rights.disclosures({
		id: Number(params.id),
		...periodOf(url.searchParams)
	});
	const lines = disclosures.map((each) => ({ ...each, purpose: purposes[each.purpose] }));
	return new Response(disclosureCsv(lines), {
		headers: {
			'content-type': 'text/csv; charset=utf-8',
			'content-disposition': `attachment; filename="disclosures-${Number(params.id)}.csv"`,
			'cache-control': 'no-store'
		}
	});
};
