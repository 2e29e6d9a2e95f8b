/** A recurrence (RFC 5545) as what a form can show: every so many days, weeks, months or years, on these weekdays. */

export const frequencies = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const;
export type Frequency = (typeof frequencies)[number];
const WEEKDAY_CODES = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

export interface Recurrence {
	frequency: Frequency;
	interval: number;
	/** 1 is Monday; none means any. */
	days: number[];
}

/** Null when the rule says more than the form can show; then it is left alone. */
export function readRecurrence(rule: string): Recurrence | null {
	const read: Recurrence = { frequency: 'WEEKLY', interval: 1, days: [] };
	if (rule === '') return read;
	for (const part of rule.split(';')) {
		const [key, value = ''] = part.split('=');
		if (key === 'FREQ') {
			const known = frequencies.find((frequency) => frequency === value);
			if (!known) return null;
			read.frequency = known;
		} else if (key === 'INTERVAL' && /^[1-9]\d{0,3}$/.test(value)) read.interval = Number(value);
		else if (key === 'BYDAY') {
			read.days = value.split(',').map((code) => WEEKDAY_CODES.indexOf(code) + 1);
			if (read.days.includes(0)) return null;
		} else return null;
	}
	return read;
}

export function writeRecurrence({ frequency, interval, days }: Recurrence): string {
	const codes = days.toSorted((a, b) => a - b).map((day) => WEEKDAY_CODES[day - 1]);
	return [
		`FREQ=${frequency}`,
		interval > 1 ? `INTERVAL=${interval}` : '',
		codes.length > 0 ? `BYDAY=${codes.join(',')}` : ''
	]
		.filter(Boolean)
		.join(';');
}
