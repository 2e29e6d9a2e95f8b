/** What a report's address asks for: the days and the version. Pure. */

export const ranges = [
	{ value: '7', label: 'Last 7 days' },
	{ value: '30', label: 'Last 30 days' },
	{ value: '90', label: 'Last 90 days' },
	{ value: 'all', label: 'All time' }
] as const;

export interface Filters {
	days: (typeof ranges)[number]['value'];
	/** A version's number, or all of them. */
	version: number | 'all';
}

/** Reads the address; what it does not say, or says wrongly, is the last 30 days of all versions. */
export function filtersFrom(params: URLSearchParams): Filters {
	const days = ranges.find((range) => range.value === params.get('days'))?.value ?? '30';
	const version = Number(params.get('version'));
	return { days, version: Number.isInteger(version) && version > 0 ? version : 'all' };
}

/** The same as the procedures ask for it. */
export function queryOf({ days, version }: Filters): { version: number | 'all'; days?: number } {
	return { version, ...(days === 'all' ? {} : { days: Number(days) }) };
}

/** Addresses of one journey's report that keep the filters. */
export class ReportLinks {
	private readonly slug: string;
	private readonly filters: Filters;

	constructor(slug: string, filters: Filters) {
		this.slug = slug;
		this.filters = filters;
	}

	private with(changes: Partial<Filters>, more: Record<string, string> = {}): string {
		const { days, version } = { ...this.filters, ...changes };
		return String(new URLSearchParams({ ...more, days, version: String(version) }));
	}

	report(changes: Partial<Filters> = {}): string {
		return `/journeys/${this.slug}/report?${this.with(changes)}`;
	}

	/** The list of people behind a number; of the whole journey where `step` is null. */
	people({ step, measure }: { step: string | null; measure: string }, cursor?: string): string {
		const more = { ...(step === null ? {} : { step }), measure, ...(cursor ? { cursor } : {}) };
		return `/journeys/${this.slug}/report/people?${this.with({}, more)}`;
	}
}
