import { describe, expect, it } from 'vitest';
import { filtersFrom, queryOf, ReportLinks } from './filters.ts';

const read = (query: string) => filtersFrom(new URLSearchParams(query));

describe('the filters of a report', () => {
	it('are the last 30 days of all versions where the address says nothing, or nonsense', () => {
		const standard = { days: '30', version: 'all' };
		expect(read('')).toEqual(standard);
		expect(read('days=12&version=-1')).toEqual(standard);
		expect(read('days=x&version=two')).toEqual(standard);
	});
	it('become what the procedures ask for', () => {
		expect(queryOf(read('days=7&version=3'))).toEqual({ version: 3, days: 7 });
		expect(queryOf(read('days=all'))).toEqual({ version: 'all' });
	});
	it('are kept by every link of the page', () => {
		const links = new ReportLinks('follow-up', read('days=7&version=3'));
		expect(links.report({ version: 'all' })).toBe('/journeys/follow-up/report?days=7&version=all');
		expect(links.people({ step: 'wait', measure: 'left:yes' })).toBe(
			'/journeys/follow-up/report/people?step=wait&measure=left%3Ayes&days=7&version=3'
		);
		expect(links.people({ step: null, measure: 'entered' }, '9.1.2')).toBe(
			'/journeys/follow-up/report/people?measure=entered&cursor=9.1.2&days=7&version=3'
		);
	});
});
