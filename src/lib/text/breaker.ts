/** Why the breaker paused a journey, in the words of the screens, of the mail to its owner and of errors. */
import { formatCount, formatNumber } from './format.ts';

export const TRIP_REASONS = [
	'day-bound',
	'month-bound',
	'visits-bound',
	'rate',
	'bounces',
	'complaints',
	'unsubscribes'
] as const;
export type TripReason = (typeof TRIP_REASONS)[number];

export interface Trip {
	reason: TripReason;
	/** How many messages were counted, the one that was not sent among them. */
	counted: number;
	/** Of how many; null where it is no share. */
	total: number | null;
	/** A count, or where `total` is one hundredths of a percent. */
	allowed: number;
}

const percents = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });

/** 620 hundredths of a percent → "6.2 %". */
function percent(hundredths: number): string {
	return `${percents.format(hundredths / 100)} %`;
}

/** "62 of the last 1,000 messages bounced (6.2 %; allowed 5 %)". */
export function whatTripped({ reason, counted, total, allowed }: Trip): string {
	const share = (became: string) =>
		`${formatNumber(counted)} of the last ${formatNumber(total ?? 0)} messages ${became} (${percent((counted / (total || 1)) * 10_000)}; allowed ${percent(allowed)})`;
	const bound = (what: string) =>
		`one person would have got ${formatCount(counted, 'message')} ${what}, and the publish promised at most ${formatNumber(allowed)}`;
	switch (reason) {
		case 'bounces':
			return share('bounced');
		case 'complaints':
			return share('were marked as spam');
		case 'unsubscribes':
			return share('made people unsubscribe');
		case 'rate':
			return `${formatCount(counted, 'message')} came due in a day, over three times what was expected (allowed ${formatNumber(allowed)})`;
		case 'day-bound':
			return bound('in one day');
		case 'month-bound':
			return bound('in thirty days');
		case 'visits-bound':
			return bound('from one step');
	}
}

/** What to look at before it is resumed. */
export function whatToDo(reason: TripReason): string {
	switch (reason) {
		case 'bounces':
			return 'Look at where the addresses came from, and at your mail server, then resume.';
		case 'complaints':
			return 'Look at who gets these messages and whether they asked for them, then resume.';
		case 'unsubscribes':
			return 'Look at what these messages say and how often they come, then resume.';
		case 'rate':
			return 'Look at what lets so many people in at once, then resume. What waits goes out then, and counts as expected.';
		case 'day-bound':
		case 'month-bound':
		case 'visits-bound':
			return 'This should never happen: tell whoever runs Stepwell before you resume.';
	}
}
