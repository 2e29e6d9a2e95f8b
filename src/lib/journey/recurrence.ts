/** Recurrences (RFC 5545 RRULE) of days; the time of day is said beside the rule, in the journey's zone. */
import { RRuleTemporal } from 'rrule-temporal';
import { HOUR, timeOfDay, toInstant, toLocal } from './zone.ts';

const PARTS = [
	'FREQ',
	'INTERVAL',
	'COUNT',
	'UNTIL',
	'BYDAY',
	'BYMONTH',
	'BYMONTHDAY',
	'BYYEARDAY',
	'BYWEEKNO',
	'BYSETPOS',
	'WKST'
];
const DAILY_OR_RARER = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];
// Leap days on a given weekday come every 28 years, 40 at the turn of a century; a rule that needs more never comes.
const MOST_PERIODS = 20_000;

/** Local times as if the wall clock stood in UTC, as the rest of the language counts them. */
function openRule(rule: string, at: string, startLocal: number): RRuleTemporal {
	const start = new Date(Math.ceil(startLocal / 1_000) * 1_000).toISOString().replace(/[-:]|\.\d+/g, '');
	const time = `BYHOUR=${Number(at.slice(0, 2))};BYMINUTE=${Number(at.slice(3, 5))};BYSECOND=0`;
	return new RRuleTemporal({
		rruleString: `DTSTART:${start}\nRRULE:${rule};${time}`,
		strict: true,
		maxIterations: MOST_PERIODS
	});
}

function nextLocal(rule: RRuleTemporal, from: number): number | null {
	try {
		return rule.next(new Date(from), true)?.epochMilliseconds ?? null;
	} catch {
		// The library says so where it gave up looking: such a day never comes.
		return null;
	}
}

const faults = new Map<string, string | null>();

/** Why text is no recurrence that a journey can start by, or null. */
export function recurrenceFault(rule: string): string | null {
	let fault = faults.get(rule);
	if (fault === undefined) {
		fault = findFault(rule);
		if (faults.size >= 1_000) faults.clear();
		faults.set(rule, fault);
	}
	return fault;
}

function findFault(rule: string): string | null {
	const parts = rule.split(';').map((part) => part.split('='));
	for (const [key = '', value, ...rest] of parts) {
		if (!PARTS.includes(key) || !value || rest.length) {
			return /^BY(HOUR|MINUTE|SECOND)$/.test(key)
				? 'the time of day is said in “at”'
				: 'write a recurrence such as FREQ=WEEKLY;BYDAY=MO';
		}
	}
	if (new Set(parts.map(([key]) => key)).size < parts.length) return 'one of its parts is there twice';
	const frequency = parts.find(([key]) => key === 'FREQ')?.[1] ?? '';
	if (!DAILY_OR_RARER.includes(frequency)) return 'say FREQ=DAILY, WEEKLY, MONTHLY or YEARLY';
	const until = parts.find(([key]) => key === 'UNTIL')?.[1];
	if (until !== undefined && !/^\d{8}(T\d{6}Z?)?$/.test(until))
		return 'write UNTIL as a date such as 20261231';
	try {
		// UNTIL may lie before any start that could be tried here, so it is left out of the trial.
		const trial = rule.replace(/(^|;)UNTIL=[^;]*/, '').replace(/^;/, '');
		const found = nextLocal(openRule(trial, '00:00', Date.UTC(2000, 0, 1)), Date.UTC(2000, 0, 1));
		return found === null ? 'no day fits it' : null;
	} catch {
		return 'write a recurrence such as FREQ=WEEKLY;BYDAY=MO';
	}
}

const opened = new Map<string, RRuleTemporal>();

/**
 * The first recurrence not before `from`, or null where there is none any more. The rule starts (DTSTART) at the instant
 * `start`; a date in UNTIL includes that day; local times that a clock change skips move forward by the gap.
 */
export function nextRecurrence(
	config: { every: string; at: string },
	zone: string,
	start: number,
	from: number
): number | null {
	const key = `${config.every} ${config.at} ${zone} ${start}`;
	let rule = opened.get(key);
	if (!rule) {
		rule = openRule(inZone(config.every, zone), config.at, toLocal(zone, start));
		if (opened.size >= 1_000) opened.clear();
		opened.set(key, rule);
	}
	// An hour of the wall clock may come twice or never, so the search begins a little earlier.
	let local = nextLocal(rule, toLocal(zone, Math.max(start, from)) - 3 * HOUR);
	while (local !== null && toInstant(zone, local) < Math.max(start, from))
		local = nextLocal(rule, local + 1_000);
	return local === null ? null : toInstant(zone, local);
}

/** UNTIL as local time: a day as its last second, an instant of UTC as what the wall clock shows then. */
function inZone(rule: string, zone: string): string {
	return rule.replace(/UNTIL=(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?/, (all, ...parts: string[]) => {
		const [year, month, day, hours, minutes, seconds, utc] = parts;
		if (hours === undefined) return `UNTIL=${year}${month}${day}T235959Z`;
		if (!utc) return `${all}Z`;
		const instant = Date.UTC(Number(year), Number(month) - 1, Number(day)) + timeOfDay(`${hours}:${minutes}`);
		const local = toLocal(zone, instant + Number(seconds) * 1_000);
		return `UNTIL=${new Date(local).toISOString().replace(/[-:]|\.\d+/g, '')}`;
	});
}
