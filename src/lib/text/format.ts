/** Numbers and times as people read them. One locale on server and browser, so that both render the same text. */
const locale = 'en-US';
const numbers = new Intl.NumberFormat(locale);

/** 12480 → "12,480". */
export function formatNumber(value: number): string {
	return numbers.format(value);
}

/** "1 person", "2,040 people". */
export function formatCount(value: number, one: string, many = `${one}s`): string {
	return `${formatNumber(value)} ${value === 1 ? one : many}`;
}

/** A share of 1 as a percentage: 0.2734 → "27%", 0.0011 → "0.1%". Never "0%" or "100%" for what is only near it. */
export function formatPercent(share: number): string {
	const percent = share * 100;
	if (percent <= 0) return '0%';
	if (percent >= 100) return '100%';
	if (percent < 0.1) return '<0.1%';
	if (percent > 99.9) return '>99.9%';
	const digits = percent < 1 || percent >= 99.5 ? 1 : 0;
	return `${percent.toFixed(digits)}%`;
}

type Instant = Date | number | string;
const asDate = (instant: Instant) => (instant instanceof Date ? instant : new Date(instant));
const formats = new Map<string, Intl.DateTimeFormat>();

function formatWith(instant: Instant, zone: string, options: Intl.DateTimeFormatOptions): string {
	const key = JSON.stringify([zone, options]);
	let format = formats.get(key);
	if (!format) {
		format = new Intl.DateTimeFormat(locale, { timeZone: zone, ...options });
		formats.set(key, format);
	}
	return format.format(asDate(instant));
}

/** "Nov 24, 2026, 14:02 EST". */
export function formatTime(instant: Instant, zone: string): string {
	return formatWith(instant, zone, {
		year: 'numeric',
		month: 'short',
		day: 'numeric',
		hour: '2-digit',
		minute: '2-digit',
		hourCycle: 'h23',
		timeZoneName: 'short'
	});
}

/** "14:02:31 EST". */
export function formatClock(instant: Instant, zone: string): string {
	return formatWith(instant, zone, {
		hour: '2-digit',
		minute: '2-digit',
		second: '2-digit',
		hourCycle: 'h23',
		timeZoneName: 'short'
	});
}

/** "Nov 24, 2026". A calendar date without a zone ('2026-11-24') is that day everywhere. */
export function formatDate(instant: Instant, zone: string): string {
	const plain = typeof instant === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(instant);
	return formatWith(instant, plain ? 'UTC' : zone, { year: 'numeric', month: 'short', day: 'numeric' });
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
	['year', 365 * 86_400],
	['month', 30 * 86_400],
	['day', 86_400],
	['hour', 3_600],
	['minute', 60]
];
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

/** "3 minutes ago", "in 2 days", "just now". */
export function formatRelative(instant: Instant, now: number): string {
	const seconds = (asDate(instant).getTime() - now) / 1000;
	const step = steps.find(([, size]) => Math.abs(seconds) >= size);
	return step ? relative.format(Math.trunc(seconds / step[1]), step[0]) : 'just now';
}

/** A length of time in its two largest units: 187_200_000 → "2 d 4 h". */
export function formatSpan(ms: number): string {
	const seconds = Math.max(0, Math.round(ms / 1000));
	const parts: [number, string][] = [
		[Math.floor(seconds / 86_400), 'd'],
		[Math.floor((seconds % 86_400) / 3_600), 'h'],
		[Math.floor((seconds % 3_600) / 60), 'min'],
		[seconds % 60, 's']
	];
	const first = parts.findIndex(([value]) => value > 0);
	if (first === -1) return '0 s';
	const shown = parts.slice(first, first + 2).filter(([value]) => value > 0);
	return shown.map(([value, unit]) => `${value} ${unit}`).join(' ');
}
