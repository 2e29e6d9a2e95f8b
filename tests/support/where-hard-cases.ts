/** Conditions that are easily answered wrong, each with a person and the right answer. */
import type { Where } from '../../src/lib/journey/index.ts';
import type { SqlContext } from '../../src/lib/journey/where/sql/where-to-sql.ts';
import { contextOf, type DrawnPerson } from './where-arbitrary.ts';

export interface HardCase {
	name: string;
	person: DrawnPerson;
	where: Where;
	context: SqlContext;
	holds: boolean;
}

const NOW = Date.parse('2026-03-08T12:00:00Z');

function personOf(more: Partial<DrawnPerson> = {}): DrawnPerson {
	return { timezone: null, attributes: {}, events: [], messages: [], consents: [], kept: false, ...more };
}

function hard(
	name: string,
	holds: boolean,
	person: Partial<DrawnPerson>,
	where: Where,
	{ now = NOW, ...more }: Partial<SqlContext> = {}
): HardCase {
	return { name, person: personOf(person), where, context: contextOf(now, more), holds };
}

type Op = Extract<Where, { attribute: string }>['op'];
/** One attribute and one comparison of it. */
const attribute = (name: string, holds: boolean, key: string, held: unknown, op: Op, value?: unknown) =>
	hard(name, holds, { attributes: { [key]: held } }, { attribute: key, op, value });

const event = (properties: Record<string, unknown>, name = 'visit') => ({
	events: [{ name, occurredAt: NOW - 1_000, properties }]
});
const property = (path: string, op: Op, value?: unknown): Where => ({
	event: { name: 'visit', where: [{ property: path, op, value }] }
});

/** A message of somebody in New York, opened so many ms after `due`. */
function openedAt(sent: string, due: string, late: number): Partial<DrawnPerson> {
	const [sentAt, openedAt] = [Date.parse(sent), Date.parse(due) + late];
	return {
		timezone: 'America/New_York',
		messages: [{ step: 's', sentAt, openedAt, clickedAt: null, bouncedAt: null, link: null }]
	};
}
const openedWithin = (within: string): Where => ({ message: { was: 'opened', within } });
const consent = (more: Partial<DrawnPerson['consents'][number]>): Partial<DrawnPerson> => ({
	consents: [
		{ kind: 'marketing', topic: null, grantedAt: NOW - 1, expiresAt: null, revokedAt: null, ...more }
	]
});

const text = [
	attribute('sharp s is not two letters s', false, 'word', 'STRASSE', '=', 'straße'),
	attribute('the capital sharp s is the small one', true, 'word', 'STRAẞE', '=', 'straße'),
	attribute('the capital I with a dot is an i', true, 'word', 'İzmir', '=', 'izmir'),
	attribute('the capital sigma is the sigma inside a word', true, 'word', 'ΟΔΟΣ', '=', 'οδοσ'),
	attribute('the sigma at the end of a word is another letter', false, 'word', 'ΟΔΟΣ', '=', 'οδος'),
	attribute('a letter and its mark are the letter with the mark', true, 'word', 'E\u0301', '=', 'é'),
	attribute('letters beyond the first plane have small ones', true, 'word', '𐐀', '=', '𐐨'),
	attribute('text sorts by code point, not by UTF-16 unit', true, 'word', '😀', '>', '\uffff'),
	attribute('empty text exists', true, 'word', '', 'exists'),
	attribute('empty text contains empty text', true, 'word', '', 'contains', ''),
	attribute('an underscore and a per cent sign are no wildcards', false, 'word', 'abc', 'contains', 'a_%'),
	attribute('a dot of a pattern is no line break', false, 'word', 'a\nb', 'matches', 'a.b'),
	attribute('the end of a pattern is not before the last line break', false, 'word', 'a\n', 'matches', 'a$'),
	attribute(
		'a set of a pattern holds the small letters of its capitals',
		true,
		'word',
		'É',
		'matches',
		'^[À-Þ]$'
	),
	attribute('a set turned round holds a line break', true, 'word', '\n', 'matches', '^[^a]$')
];

const values = [
	attribute('a number written as text is none', false, 'size', '1', '=', 1),
	attribute('not-equal of a wrong type is false', false, 'size', '1', '!=', 2),
	attribute('not-equal of null is false', false, 'size', null, '!=', 2),
	attribute('null is missing', true, 'size', null, 'missing'),
	attribute('minus zero is zero', true, 'size', -0, '=', 0),
	attribute('numbers are doubles', false, 'size', 0.1 + 0.2, '=', 0.3),
	attribute('a large number is what it is', true, 'size', 1e21, '=', 1e21),
	attribute('false exists', true, 'flag', false, 'exists'),
	attribute('an empty list exists', true, 'tags', [], 'exists'),
	attribute('a list contains a number, not its text', false, 'tags', ['1'], 'contains', 1),
	attribute('a name that every object has is an attribute like others', true, 'constructor', 'X', '=', 'x'),
	hard('not turns a missing value round', true, {}, { not: { attribute: 'size', op: '=', value: 1 } }),
	hard('nobody brings an event along', false, {}, { trigger: 'x', op: '!=', value: 1 }),
	hard('what no event brings is missing', true, {}, { trigger: 'x', op: 'missing' }),
	hard('all of nothing holds', true, {}, { all: [] }),
	hard('any of nothing does not', false, {}, { any: [] })
];

const dates = [
	attribute('30 February is no day, nor different from one', false, 'day', '2026-02-30', '!=', '2026-02-28'),
	attribute('the year 0 has a 29 February', true, 'day', '0000-02-29', 'before', '0000-03-01'),
	attribute(
		'an instant is cut to the millisecond',
		true,
		'moment',
		'2026-03-08T12:00:00.0009999Z',
		'=',
		'2026-03-08T12:00:00Z'
	),
	attribute('an instant is the same with another offset', true, 'moment', '2026-03-08T17:30:00+05:30', 'in', [
		'2026-03-08T12:00Z'
	]),
	attribute('there is no second 60', false, 'moment', '2026-03-08T23:59:60Z', 'after', '2000-01-01T00:00Z'),
	hard(
		'an instant is before a day while that day has not begun for the contact',
		true,
		{ timezone: 'Asia/Kolkata', attributes: { undeclared: '2026-03-07T18:29:59.999Z' } },
		{ attribute: 'undeclared', op: 'before', value: '2026-03-08' }
	),
	hard(
		'it is not any more when the day has begun',
		false,
		{ timezone: 'Asia/Kolkata', attributes: { undeclared: '2026-03-07T18:30:00Z' } },
		{ attribute: 'undeclared', op: 'before', value: '2026-03-08' }
	),
	hard(
		'a day that a zone left out is over when it begins',
		true,
		{ timezone: 'Pacific/Apia', attributes: { undeclared: '2011-12-30T10:00:00Z' } },
		{ attribute: 'undeclared', op: 'after', value: '2011-12-29' }
	),
	hard(
		'an unknown zone counts as none',
		true,
		{ timezone: 'Nowhere/At_All', attributes: { day: '2026-03-07' } },
		{ attribute: 'day', op: 'withinLast', value: 'PT1H' },
		{ now: Date.parse('2026-03-08T04:30:00Z') }
	),
	hard(
		'29 February comes round on the 28th',
		true,
		{ attributes: { day: '1960-02-29' } },
		{ attribute: 'day', op: 'anniversaryWithin', value: 'P1D' },
		{ now: Date.parse('2026-02-27T12:00:00Z') }
	),
	hard(
		'an instant comes round on the contact’s own day',
		true,
		{ timezone: 'America/New_York', attributes: { moment: '1990-03-10T04:30:00Z' } },
		{ attribute: 'moment', op: 'anniversaryWithin', value: 'P1D' }
	)
];

const facts = [
	hard('a place in a list is no property', false, event({ list: ['x'] }), property('list.0', 'exists')),
	hard(
		'the length of a list is no property',
		false,
		event({ list: ['x'] }),
		property('list.length', 'exists')
	),
	hard('a key with a dot in it comes first', true, event({ 'a.b': 1, a: { b: 2 } }), property('a.b', '=', 1)),
	hard(
		'a key with a dot that holds null hides the way',
		true,
		event({ 'a.b': null, a: { b: 2 } }),
		property('a.b', 'missing')
	),
	hard('a machine opens for nobody', false, event({ machine: true }, 'email.opened'), {
		event: { name: 'email.opened' }
	}),
	hard('only yes is a machine', true, event({ machine: 'true' }, 'email.opened'), {
		event: { name: 'email.opened' }
	}),
	hard(
		'no event at all is a count of 0',
		true,
		{},
		{ event: { name: 'visit', count: { op: '=', value: 0 } } }
	),
	hard(
		'a day over a clock change has 23 hours',
		true,
		openedAt('2026-03-07T17:00:00Z', '2026-03-08T16:00:00Z', 0),
		openedWithin('P1D')
	),
	hard(
		'and not one ms more',
		false,
		openedAt('2026-03-07T17:00:00Z', '2026-03-08T16:00:00Z', 1),
		openedWithin('P1D')
	),
	hard(
		'a local time that does not exist moves forward',
		true,
		openedAt('2026-03-07T07:30:00Z', '2026-03-08T07:30:00Z', 0),
		openedWithin('P1D')
	),
	hard(
		'by the length of the gap and no more',
		false,
		openedAt('2026-03-07T07:30:00Z', '2026-03-08T07:30:00Z', 1),
		openedWithin('P1D')
	),
	hard(
		'a local time that exists twice is the first',
		false,
		openedAt('2025-11-01T05:30:00Z', '2025-11-02T05:30:00Z', 1),
		openedWithin('P1D')
	),
	hard(
		'a month from 31 January ends on 28 February',
		true,
		openedAt('2026-01-31T17:00:00Z', '2026-02-28T17:00:00Z', 0),
		openedWithin('P1M')
	),
	hard('consent ends at the very instant', false, consent({ expiresAt: NOW }), { consent: 'marketing' }),
	hard('consent without a topic covers every topic', true, consent({}), {
		consent: 'marketing',
		topic: 'news'
	}),
	hard('consent to one topic does not cover the rest', false, consent({ topic: 'news' }), {
		consent: 'marketing'
	}),
	hard('who was added by hand is in the segment', true, { kept: true }, { segment: 'kept' }),
	hard('nobody is in a segment that is gone', false, { kept: true }, { segment: 'gone' }),
	hard('nobody is in a segment by asking for itself', true, {}, { segment: 'circle' }),
	hard(
		'a condition counts in the journey’s zone',
		true,
		{ attributes: { day: '2026-03-09' } },
		{ attribute: 'day', op: 'withinNext', value: 'PT1H' },
		{ journeyTimezone: 'Pacific/Apia' }
	),
	hard(
		'a segment in it counts in the workspace’s',
		false,
		{ attributes: { day: '2026-03-09' } },
		{ segment: 'daily' },
		{ journeyTimezone: 'Pacific/Apia' }
	)
];

export const HARD_CASES: readonly HardCase[] = [...text, ...values, ...dates, ...facts];
