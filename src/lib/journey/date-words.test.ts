import { expect, it } from 'vitest';
import { dateWords } from './date-words.ts';

const NEW_YORK = 'America/New_York';

it.each([
	['a calendar date is that day everywhere', '2026-03-01', '%A, %B %-d, %Y', 'Sunday, March 1, 2026'],
	[
		'an instant is shown in the zone',
		'2026-03-01T02:05:00Z',
		'%a %e %b %Y %l:%M %p',
		'Sat 28 Feb 2026  9:05 PM'
	],
	['before the clocks change', '2026-03-08T06:59:00Z', '%H:%M %z', '01:59 -0500'],
	['after the clocks changed', '2026-03-08T07:00:00Z', '%R %z', '03:00 -0400'],
	['an offset in the value is no other zone to show it in', '2026-03-01T09:00:00+01:00', '%T', '03:00:00'],
	['a time without a zone is what it says', '2026-03-01T09:30', '%-I:%M %P', '9:30 am'],
	['noon and midnight', '2026-03-01 12:00', '%I %p', '12 PM'],
	['seconds, as Liquid has them', 1_772_330_700, '%F %T', '2026-02-28 21:05:00'],
	['milliseconds', 1_772_330_700_000, '%D', '02/28/26'],
	['a sign of per cent, and what is no directive', '2026-03-01', '100%% %Q', '100% %Q'],
	['large letters', '2026-03-01', '%^a %^b', 'SUN MAR'],
	['no date stays what it is', 'soon', '%Y', 'soon'],
	['a date that does not exist stays what it is', '2026-13-45', '%Y', '2026-13-45'],
	['nothing stays nothing', null, '%Y', null]
])('%s', (_, value, format, words) => {
	expect(dateWords(value, format, NEW_YORK)).toBe(words);
});

it('an unknown zone is read as UTC', () => {
	expect(dateWords('2026-03-01T02:05:00Z', '%R', 'Mars/Olympus')).toBe('02:05');
});
