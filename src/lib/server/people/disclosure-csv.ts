/** The report of disclosures as CSV (RFC 4180). Pure. */

export interface DisclosureLine {
	at: string;
	toWhom: string;
	address: string;
	what: string;
	purpose: string;
}

/** With a heading, and lines that end as spreadsheets expect. */
export function disclosureCsv(lines: readonly DisclosureLine[]): string {
	const rows = [
		['Date', 'To whom', 'Address', 'What', 'Purpose'],
		...lines.map(({ at, toWhom, address, what, purpose }) => [
			at.slice(0, 10),
			toWhom,
			address,
			what,
			purpose
		])
	];
	return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

// A cell that begins like a formula would be run by the spreadsheet that opens it.
function cell(text: string): string {
	const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
	return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
