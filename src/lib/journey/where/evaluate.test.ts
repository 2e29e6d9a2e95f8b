import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { opSchema, type Where } from '../document.ts';
import { NOW, eventOf, workspace } from '../support/fixtures.ts';
import type { MessageFact } from '../world.ts';
import { DAY, HOUR } from '../zone.ts';
import { evaluate, evaluateWithReads, type Facts } from './evaluate.ts';

function factsOf(attributes: Record<string, unknown>, more: Partial<Facts> = {}): Facts {
	return {
		contact: { attributes },
		zone: 'America/New_York',
		attributeTypes: Object.fromEntries(workspace.attributes.map(({ key, type }) => [key, type])),
		trigger: {},
		events: [],
		messages: [],
		consents: [],
		...more
	};
}

const holds = (where: Where, attributes: Record<string, unknown> = {}, more: Partial<Facts> = {}) =>
	evaluate(where, factsOf(attributes, more), NOW);

describe('attributes', () => {
	const cases: [string, unknown, Where, boolean][] = [
		['a number is above', 66, { attribute: 'age', op: '>', value: 65 }, true],
		['a number of text is none', '66', { attribute: 'age', op: '>', value: 65 }, false],
		['not-equal of a wrong type is false too', '66', { attribute: 'age', op: '!=', value: 65 }, false],
		['not-equal of a missing value is false', undefined, { attribute: 'age', op: '!=', value: 65 }, false],
		['not turns a missing value round', undefined, { not: { attribute: 'age', op: '=', value: 65 } }, true],
		['null is missing', null, { attribute: 'age', op: 'missing' }, true],
		['zero exists', 0, { attribute: 'age', op: 'exists' }, true]
	];
	test.each(cases)('%s', (_, age, where, wanted) => expect(holds(where, { age })).toBe(wanted));

	const texts: [string, unknown, Where, boolean][] = [
		['text is equal without case', 'SÃO Paulo', { attribute: 'city', op: '=', value: 'são paulo' }, true],
		['text is equal after NFC', 'Sa\u0303o', { attribute: 'city', op: '=', value: 'são' }, true],
		['in folds too', 'BOSTON', { attribute: 'city', op: 'in', value: ['Boston', 'Berlin'] }, true],
		['in an empty list is nobody', 'x', { attribute: 'city', op: 'in', value: [] }, false],
		['contains', 'New York', { attribute: 'city', op: 'contains', value: 'YORK' }, true],
		['starts with', 'New York', { attribute: 'city', op: 'startsWith', value: 'new' }, true],
		['matches', 'New York', { attribute: 'city', op: 'matches', value: '^NEW .ork$' }, true],
		['empty text exists', '', { attribute: 'city', op: 'exists' }, true],
		['text sorts by code point', '\u{1F600}', { attribute: 'city', op: '>', value: '\uFFFD' }, true],
		['a prototype is no attribute', undefined, { attribute: 'constructor', op: 'exists' }, false]
	];
	test.each(texts)('%s', (_, city, where, wanted) =>
		expect(holds(where, city === undefined ? {} : { city })).toBe(wanted)
	);

	test('a list contains, without case', () => {
		expect(holds({ attribute: 'tags', op: 'contains', value: 'VIP' }, { tags: ['vip'] })).toBe(true);
		expect(holds({ attribute: 'tags', op: 'contains', value: 'vi' }, { tags: ['vip'] })).toBe(false);
	});
});

describe('dates', () => {
	const cases: [string, string, Where, boolean][] = [
		['is before', '1960-02-29', { attribute: 'birthday', op: 'before', value: '1960-03-01' }, true],
		['is no date', 'soon', { attribute: 'birthday', op: 'before', value: '2030-01-01' }, false],
		[
			'today is in the last week',
			'2026-03-02',
			{ attribute: 'birthday', op: 'withinLast', value: 'P7D' },
			true
		],
		['tomorrow is not', '2026-03-03', { attribute: 'birthday', op: 'withinLast', value: 'P7D' }, false],
		['a week ago is', '2026-02-23', { attribute: 'birthday', op: 'withinLast', value: 'P7D' }, true],
		['eight days ago is not', '2026-02-22', { attribute: 'birthday', op: 'withinLast', value: 'P7D' }, false],
		[
			'today is in the next week',
			'2026-03-02',
			{ attribute: 'birthday', op: 'withinNext', value: 'P7D' },
			true
		],
		[
			'a birthday comes up',
			'1960-03-05',
			{ attribute: 'birthday', op: 'anniversaryWithin', value: 'P7D' },
			true
		],
		[
			'a birthday has been',
			'1960-03-01',
			{ attribute: 'birthday', op: 'anniversaryWithin', value: 'P7D' },
			false
		]
	];
	test.each(cases)('%s', (_, birthday, where, wanted) => expect(holds(where, { birthday })).toBe(wanted));

	test('29 February comes round on the 28th', () => {
		const where: Where = { attribute: 'birthday', op: 'anniversaryWithin', value: 'P1D' };
		expect(evaluate(where, factsOf({ birthday: '1960-02-29' }), Date.UTC(2026, 1, 28, 12))).toBe(true);
		expect(evaluate(where, factsOf({ birthday: '1960-02-29' }), Date.UTC(2026, 2, 1, 12))).toBe(false);
	});

	test('today is today in the contact’s zone', () => {
		const where: Where = { attribute: 'birthday', op: 'withinNext', value: 'PT1H' };
		const evening = Date.UTC(2026, 2, 3, 1);
		expect(evaluate(where, factsOf({ birthday: '2026-03-02' }), evening)).toBe(true);
		expect(evaluate(where, factsOf({ birthday: '2026-03-02' }, { zone: 'UTC' }), evening)).toBe(false);
	});

	test('instants compare as instants, whatever the offset they are written in', () => {
		const lastSeen = '2026-03-02T08:00:00-05:00';
		expect(holds({ attribute: 'lastSeen', op: '=', value: '2026-03-02T13:00:00Z' }, { lastSeen })).toBe(true);
		expect(
			holds({ attribute: 'lastSeen', op: 'in', value: ['2026-03-02T13:00:00.000Z'] }, { lastSeen })
		).toBe(true);
	});
});

describe('events', () => {
	const events = [
		eventOf(1, 'visit', NOW - 10 * DAY, { clinic: 'North', cost: { total: 12 } }),
		eventOf(2, 'visit', NOW - DAY, { clinic: 'South' }),
		eventOf(3, 'email.opened', NOW - DAY, { machine: true })
	];
	const cases: [string, Extract<Where, { event: unknown }>['event'], boolean][] = [
		['happened ever', { name: 'visit' }, true],
		['happened lately', { name: 'visit', within: 'P1D' }, true],
		['within includes its start only', { name: 'visit', within: 'PT23H' }, false],
		['twice', { name: 'visit', count: { op: '=', value: 2 } }, true],
		['never', { name: 'order', count: { op: '=', value: 0 } }, true],
		['with a property', { name: 'visit', where: [{ property: 'clinic', op: '=', value: 'NORTH' }] }, true],
		[
			'with a property inside another',
			{ name: 'visit', where: [{ property: 'cost.total', op: '>', value: 10 }] },
			true
		],
		[
			'a property and a time must be of one event',
			{ name: 'visit', within: 'P2D', where: [{ property: 'clinic', op: '=', value: 'North' }] },
			false
		],
		['a machine opens for nobody', { name: 'email.opened' }, false]
	];
	test.each(cases)('%s', (_, event, wanted) => expect(holds({ event }, {}, { events })).toBe(wanted));
});

describe('messages', () => {
	const sent: MessageFact = {
		step: 's',
		sentAt: NOW - 2 * DAY,
		deliveredAt: NOW - 2 * DAY,
		openedAt: null,
		clickedAt: null,
		bouncedAt: null
	};
	const opened = { ...sent, openedAt: NOW - DAY };
	const clicked = { ...opened, clickedAt: NOW, links: ['https://a.test/'] };
	const cases: [string, MessageFact, Extract<Where, { message: unknown }>['message'], boolean][] = [
		['opened', opened, { step: 's', was: 'opened' }, true],
		['of another step', opened, { step: 't', was: 'opened' }, false],
		['opened in time, counted from the sending', opened, { was: 'opened', within: 'P1D' }, true],
		['opened too late', opened, { was: 'opened', within: 'PT12H' }, false],
		['clicked that link', clicked, { was: 'clicked', link: 'https://a.test/' }, true],
		['clicked another link', clicked, { was: 'clicked', link: 'https://b.test/' }, false],
		['ignored', sent, { was: 'ignored' }, true],
		['opened is not ignored', opened, { was: 'ignored' }, false],
		['ignored is certain only when the time is over', sent, { was: 'ignored', within: 'P3D' }, false],
		['not delivered is not ignored', { ...sent, deliveredAt: null }, { was: 'ignored' }, false]
	];
	test.each(cases)('%s', (_, message, test, wanted) =>
		expect(holds({ message: test }, {}, { messages: [message] })).toBe(wanted)
	);
});

test('consent holds from the grant until it expires or is revoked', () => {
	const grant = {
		kind: 'marketing' as const,
		topic: null,
		grantedAt: NOW - HOUR,
		expiresAt: null,
		revokedAt: null
	};
	const where: Where = { consent: 'marketing' };
	expect(holds(where, {}, { consents: [grant] })).toBe(true);
	expect(holds(where, {}, { consents: [{ ...grant, expiresAt: NOW }] })).toBe(false);
	expect(holds(where, {}, { consents: [{ ...grant, revokedAt: NOW }] })).toBe(false);
	expect(holds({ consent: 'marketing', topic: 'news' }, {}, { consents: [grant] })).toBe(true);
	expect(holds(where, {}, { consents: [{ ...grant, topic: 'news' }] })).toBe(false);
});

test('all of nothing is true and any of nothing is false', () => {
	expect([holds({ all: [] }), holds({ any: [] })]).toEqual([true, false]);
});

test('the incoming payload is read by path', () => {
	expect(
		holds({ trigger: 'result.score', op: '<', value: 7 }, {}, { trigger: { result: { score: 3 } } })
	).toBe(true);
});

test('what was read is kept, and nothing that could not matter', () => {
	const where: Where = { any: [{ attribute: 'age', op: '>', value: 65 }, { event: { name: 'visit' } }] };
	const facts = { ...factsOf({ age: 70 }), phiAttributes: ['age'] };
	expect(evaluateWithReads(where, facts, NOW)).toEqual({
		holds: true,
		reads: [{ what: 'attribute:age', value: 70, holds: true, phi: true }]
	});
});

test('any value of any attribute gives an answer', () => {
	fc.assert(
		fc.property(
			fc.constantFrom(...workspace.attributes.map(({ key }) => key), 'none'),
			fc.constantFrom(...opSchema.options),
			fc.jsonValue(),
			fc.jsonValue(),
			(attribute, op, value, held) => {
				const where: Where = {
					any: [
						{ attribute, op, value },
						{ trigger: attribute, op, value }
					]
				};
				const answer = holds(where, { [attribute]: held }, { trigger: { [attribute]: held } });
				expect(typeof answer).toBe('boolean');
			}
		),
		{ numRuns: 1_000 }
	);
});
