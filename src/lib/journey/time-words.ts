/** Days, dates and recurrences in a marketer's words. */
import { timeFormOf, type ConfigOf, type TimeConfig } from './document.ts';
import { formatDuration, parseDurationParts, roughLength } from './duration.ts';
import { capital, eventWords, listWords, small, type Names } from './condition-words.ts';

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const WEEKDAY_CODES = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const MONTHS = [
	'January',
	'February',
	'March',
	'April',
	'May',
	'June',
	'July',
	'August',
	'September',
	'October',
	'November',
	'December'
];
const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth'];

/** A date that a step names: an attribute by its label, or "the event’s appointment date". */
export function dateWords(ref: string, names: Names): string {
	if (ref.startsWith('trigger.')) return `the event’s ${eventWords(ref.slice('trigger.'.length))}`;
	return small(names.attribute(ref));
}

/** "3 days before birthday", or "birthday" on the day itself. */
export function offsetWords(ref: string, offset: string | undefined, names: Names): string {
	const date = dateWords(ref, names);
	const parts = parseDurationParts(offset ?? '');
	if (!offset || !parts || roughLength(offset) === 0) return date;
	return `${formatDuration(offset)} ${parts.sign < 0 ? 'before' : 'after'} ${date}`;
}

function dayWords(text: string): string {
	const [, year = '', month = '', day = ''] = /^(\d{4})-?(\d\d)-?(\d\d)/.exec(text) ?? [];
	return `${Number(day)} ${MONTHS[Number(month) - 1] ?? ''} ${year}`;
}

function zoneWords(instant: string): string {
	const offset = /[+-]\d\d:?\d\d$/.exec(instant)?.[0];
	return offset ? `UTC${offset}` : 'UTC';
}

/** What a trigger by time does: its title, and the line below. */
export function timeTriggerWords(
	config: ConfigOf<'trigger.time'>,
	names: Names
): { title: string; line: string } {
	switch (timeFormOf(config)) {
		case 'date': {
			const { date, offset, at, repeat } = config as TimeConfig<'date'>;
			const words = offsetWords(date, offset, names);
			const isThatDay = words === dateWords(date, names);
			const often = repeat === 'yearly' ? 'every year' : 'once';
			return { title: capital(isThatDay ? `on ${words}` : words), line: `at ${at}, ${often}` };
		}
		case 'every': {
			const { every, at } = config as TimeConfig<'every'>;
			return { title: recurrenceWords(every), line: `at ${at}` };
		}
		case 'inactive': {
			const { event, for: silence } = (config as TimeConfig<'inactive'>).inactive;
			const what = event === '*' ? 'any event' : eventWords(event);
			return { title: `${formatDuration(silence)} without ${what}`, line: 'once for each silence' };
		}
		case 'once': {
			const { at } = config as TimeConfig<'once'>;
			return { title: `On ${dayWords(at)}`, line: `at ${at.slice(11, 16)} ${zoneWords(at)}, once` };
		}
	}
}

const UNITS: Record<string, string> = { DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month', YEARLY: 'year' };

/** A recurrence (RFC 5545) in words: `FREQ=WEEKLY;BYDAY=MO` is "Every week on Monday". */
export function recurrenceWords(rule: string): string {
	const parts = new Map(
		rule.split(';').map((part): [string, string] => {
			const [key = '', value = ''] = part.split('=');
			return [key, value];
		})
	);
	const unit = UNITS[parts.get('FREQ') ?? ''] ?? 'time';
	const interval = Number(parts.get('INTERVAL') ?? 1);
	const words = [interval > 1 ? `Every ${interval} ${unit}s` : `Every ${unit}`];
	for (const [key, say] of Object.entries(PART_WORDS)) {
		const value = parts.get(key);
		if (value) words.push(say(value));
	}
	return words.join(' ');
}

const PART_WORDS: Record<string, (value: string) => string> = {
	BYMONTH: (value) => `in ${listWords(value.split(',').map((month) => MONTHS[Number(month) - 1] ?? month))}`,
	BYWEEKNO: (value) => `in week ${listWords(value.split(','))}`,
	BYYEARDAY: (value) => `on day ${listWords(value.split(','))} of the year`,
	BYMONTHDAY: (value) => `on ${listWords(value.split(',').map(monthDayWords))}`,
	BYDAY: (value) => `on ${listWords(value.split(',').map(weekdayWords))}`,
	BYSETPOS: (value) =>
		`only the ${listWords(value.split(',').map((place) => ordinal(Number(place))))} of these`,
	COUNT: (value) => `${value} times`,
	UNTIL: (value) => `until ${dayWords(value)}`
};

function ordinal(place: number): string {
	if (place === -1) return 'last';
	const word = ORDINALS[Math.abs(place) - 1] ?? `${Math.abs(place)}th`;
	return place < 0 ? `${word} to last` : word;
}

function monthDayWords(day: string): string {
	return Number(day) < 0 ? `the ${ordinal(Number(day))} day` : `day ${day}`;
}

function weekdayWords(code: string): string {
	const [, place = '', letters = ''] = /^([+-]?\d*)([A-Z]{2})$/.exec(code) ?? [];
	const weekday = WEEKDAYS[WEEKDAY_CODES.indexOf(letters)] ?? code;
	return place ? `the ${ordinal(Number(place))} ${weekday}` : weekday;
}
