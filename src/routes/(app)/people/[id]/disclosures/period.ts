/** The days of a report out of an address: only what looks like days. */
export function periodOf(params: URLSearchParams): { from?: string; to?: string } {
	const from = params.get('from') ?? '';
	const to = params.get('to') ?? '';
	const isDay = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text);
	return { ...(isDay(from) && { from }), ...(isDay(to) && { to }) };
}
