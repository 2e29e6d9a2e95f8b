import { expect, test } from 'vitest';
import { disclosureCsv } from './disclosure-csv.ts';

test('what holds commas, quotes and lines stays one cell, and nothing is a formula', () => {
	const line = {
		at: '2026-03-01T12:00:00.000Z',
		toWhom: 'Court, "First"',
		address: '1 Main St\nWorcester',
		what: '=HYPERLINK("x")',
		purpose: 'court'
	};
	expect(disclosureCsv([line])).toBe(
		'Date,To whom,Address,What,Purpose\r\n' +
			'2026-03-01,"Court, ""First""","1 Main St\nWorcester","\'=HYPERLINK(""x"")",court\r\n'
	);
});
