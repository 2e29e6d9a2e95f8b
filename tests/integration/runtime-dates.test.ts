import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { admitDue } from '../../src/lib/runtime/admit-planned.ts';
import { planJourney } from '../../src/lib/runtime/planned.ts';
import { recordEngagement } from '../../src/lib/server/mail/engagements.ts';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, DAY, draw, email, HOUR } from '../support/journey.ts';
import { triggersOf } from '../support/people.ts';

let clinic: Clinic;
let n = 0;
beforeAll(async () => {
	clinic = await Clinic.open('2026-01-10T12:00:00Z');
	await clinic.attribute('birthday', 'date', true);
	await clinic.attribute('visitDate', 'date');
	await clinic.attribute('region', 'text');
});
afterAll(() => clinic.close());
beforeEach(() => void n++);

function birthday(config: object = {}, settings: object = { reentry: { when: 'always' } }) {
	return draw(
		{
			day: ['trigger.time', { date: 'birthday', offset: '-P3D', at: '09:00', repeat: 'yearly', ...config }],
			wait: ['wait.for', { duration: 'PT1H' }]
		},
		['day -> wait'],
		settings
	);
}

async function entriesOf(contact: string, slug: string): Promise<string[]> {
	const rows = await clinic.rows<{ at: Date }>(
		`select entered_at as at from enrollments where contact_id = $1 and journey_id = $2 order by id`,
		[clinic.idOf(contact), await clinic.journeyId(slug)]
	);
	return rows.map(({ at }) => at.toISOString());
}

test('three days before each birthday, at nine on the contact’s own clock, before and after it changes', async () => {
	await clinic.contacts(
		{ id: 'ann', timezone: 'America/Chicago', attributes: { birthday: '1960-03-10' } },
		{ id: 'bob', timezone: 'America/Chicago', attributes: { birthday: '1961-03-12' } },
		{ id: 'cem', timezone: null, attributes: { birthday: '1970-03-12' } },
		{ id: 'dot', attributes: { region: 'north' } }
	);
	await clinic.publish('birthdays', birthday());
	await clinic.passTo('2027-03-20T00:00:00Z');
	// The clocks go forward on 8 March 2026: 09:00 is 15:00 in UTC before, 14:00 after.
	expect(await entriesOf('ann', 'birthdays')).toEqual([
		'2026-03-07T15:00:00.000Z',
		'2027-03-07T15:00:00.000Z'
	]);
	expect(await entriesOf('bob', 'birthdays')).toEqual([
		'2026-03-09T14:00:00.000Z',
		'2027-03-09T15:00:00.000Z'
	]);
	expect(await entriesOf('cem', 'birthdays')).toEqual([
		'2026-03-09T09:00:00.000Z',
		'2027-03-09T09:00:00.000Z'
	]);
	expect(await entriesOf('dot', 'birthdays')).toEqual([]);
	await expectOneStory(clinic.pool);
});

test('an occurrence that is past when the journey is published is not made up; one of the same day to come is', async () => {
	clinic.clock.set('2027-05-01T10:00:00Z');
	await clinic.contacts(
		{ id: 'eve', timezone: 'UTC', attributes: { birthday: '1980-05-01' } },
		{ id: 'fay', timezone: 'America/New_York', attributes: { birthday: '1980-05-01' } }
	);
	await clinic.publish('today', birthday({ offset: 'P0D' }));
	await clinic.passTo('2027-05-03T00:00:00Z');
	expect(await entriesOf('eve', 'today')).toEqual([]);
	expect(await entriesOf('fay', 'today')).toEqual(['2027-05-01T13:00:00.000Z']);
});

test('29 February falls on 28 February in other years', async () => {
	clinic.clock.set('2027-02-01T00:00:00Z');
	await clinic.contacts({ id: 'leap', timezone: 'UTC', attributes: { birthday: '1960-02-29' } });
	await clinic.publish('leap', birthday({ offset: 'P0D' }));
	await clinic.passTo('2028-03-05T00:00:00Z');
	expect(await entriesOf('leap', 'leap')).toEqual(['2027-02-28T09:00:00.000Z', '2028-02-29T09:00:00.000Z']);
});

test('a date that changes is planned anew, and a date that goes is not planned any more', async () => {
	clinic.clock.set('2027-06-01T00:00:00Z');
	await clinic.contacts(
		{ id: 'gil', timezone: 'UTC', attributes: { visitDate: '2027-06-10' } },
		{ id: 'hal', timezone: 'UTC', attributes: { visitDate: '2027-06-10' } }
	);
	await clinic.publish('visits', birthday({ date: 'visitDate', offset: '-P1D', repeat: 'once' }));
	await clinic.passTo('2027-06-05T00:00:00Z');
	await clinic.contacts(
		{ id: 'gil', attributes: { visitDate: '2027-06-20' } },
		{ id: 'hal', attributes: { visitDate: null } }
	);
	await clinic.passTo('2027-06-30T00:00:00Z');
	expect(await entriesOf('gil', 'visits')).toEqual(['2027-06-19T09:00:00.000Z']);
	expect(await entriesOf('hal', 'visits')).toEqual([]);
});

test('a contact that changes in the very minute of an entry still enters', async () => {
	clinic.clock.set('2027-07-01T00:00:00Z');
	await clinic.contacts({ id: 'ida', timezone: 'UTC', attributes: { visitDate: '2027-07-10' } });
	await clinic.publish('minute', birthday({ date: 'visitDate', offset: 'P0D', repeat: 'once' }));
	clinic.clock.set('2027-07-10T09:00:00.200Z');
	await clinic.contacts({ id: 'ida', attributes: { region: 'south' } });
	await planJourney(clinic.app, await clinic.journeyId('minute'), clinic.clock.now());
	await clinic.settle();
	expect(await entriesOf('ida', 'minute')).toEqual(['2027-07-10T09:00:00.000Z']);
});

test('a plan made from a date that has changed since admits nobody', async () => {
	clinic.clock.set('2027-08-01T00:00:00Z');
	await clinic.contacts({ id: 'jim', timezone: 'UTC', attributes: { visitDate: '2027-08-20' } });
	await clinic.publish('stale', birthday({ date: 'visitDate', offset: 'P0D', repeat: 'once' }));
	// Planned by a job that had read the date before it changed.
	await clinic.pool.query(
		`insert into planned_entries (journey_id, step, contact_id, occurrence, due_at) values ($1, 'day', $2, '2027-08-05', '2027-08-05T09:00:00Z')`,
		[await clinic.journeyId('stale'), clinic.idOf('jim')]
	);
	await clinic.passTo('2027-08-30T00:00:00Z');
	expect(await entriesOf('jim', 'stale')).toEqual(['2027-08-20T09:00:00.000Z']);
});

test('the audience is asked at the occurrence, not before', async () => {
	clinic.clock.set('2027-09-01T00:00:00Z');
	await clinic.contacts(
		{ id: 'kim', timezone: 'UTC', attributes: { visitDate: '2027-09-10', region: 'north' } },
		{ id: 'lea', timezone: 'UTC', attributes: { visitDate: '2027-09-10', region: 'south' } }
	);
	await clinic.publish(
		'audience',
		birthday({
			date: 'visitDate',
			offset: 'P0D',
			repeat: 'once',
			audience: { attribute: 'region', op: '=', value: 'north' }
		})
	);
	await clinic.passTo('2027-09-09T00:00:00Z');
	await clinic.contacts(
		{ id: 'kim', attributes: { region: 'south' } },
		{ id: 'lea', attributes: { region: 'north' } }
	);
	await clinic.passTo('2027-09-20T00:00:00Z');
	expect(await entriesOf('kim', 'audience')).toEqual([]);
	expect(await entriesOf('lea', 'audience')).toEqual(['2027-09-10T09:00:00.000Z']);
});

test('each occurrence admits once, however often and by how many it is looked at', async () => {
	clinic.clock.set('2027-10-01T00:00:00Z');
	const people = Array.from({ length: 40 }, (_, at) => `o${at}`);
	await clinic.contacts(
		...people.map((id) => ({ id, timezone: 'UTC', attributes: { visitDate: '2027-10-10' } }))
	);
	await clinic.publish('once-only', birthday({ date: 'visitDate', offset: 'P0D', repeat: 'once' }));
	const journey = await clinic.journeyId('once-only');
	clinic.clock.set('2027-10-10T09:00:00Z');
	const due = await clinic.rows<{ contact_id: number; occurrence: string; due_at: Date }>(
		'select contact_id, occurrence, due_at from planned_entries where journey_id = $1',
		[journey]
	);
	await Promise.all([1, 2, 3].map(() => admitDue(clinic.app, clinic.clock.now())));
	await clinic.pool.query(
		`insert into planned_entries (journey_id, step, contact_id, occurrence, due_at)
		 select $1, 'day', * from unnest($2::bigint[], $3::text[], $4::timestamptz[])`,
		[
			journey,
			due.map((row) => row.contact_id),
			due.map((row) => row.occurrence),
			due.map((row) => row.due_at)
		]
	);
	await clinic.settle();
	expect(await clinic.count('enrollments where journey_id = $1', [journey])).toBe(40);
	expect(await clinic.count('refusals where journey_id = $1', [journey])).toBe(0);
	await expectOneStory(clinic.pool);
});

test('an email that is ignored lets in those who neither opened nor clicked it in time; a machine’s open is none', async () => {
	clinic.clock.set('2027-11-01T12:00:00Z');
	await clinic.publish(
		'mailing',
		draw({ come: ['trigger.transactional', { event: 'mail.me' }], mail: email() }, ['come -> mail'])
	);
	await clinic.publish(
		'reminder',
		draw(
			{
				ignored: [
					'trigger.behavior',
					{ event: 'email.ignored', journey: 'mailing', step: 'mail', for: 'P3D' }
				],
				again: email()
			},
			['ignored -> again']
		)
	);
	const people = ['nan', 'ola', 'pam', 'quy'];
	await clinic.contacts(
		...people.map((id) => ({ id, timezone: 'America/New_York', email: `${id}@example.test` }))
	);
	await clinic.tell(people, 'mail.me'); // Before the clocks go back on 7 November.
	clinic.clock.set('2027-11-05T12:00:00Z');
	await clinic.settle();
	const engage = async (contact: string, kind: 'open' | 'click', userAgent: string) => {
		const { id } = await clinic.one<{ id: number }>('select id from messages where contact_id = $1', [
			clinic.idOf(contact)
		]);
		await recordEngagement(clinic.app, { messageId: id, kind, link: 0, method: 'GET', userAgent });
	};
	await clinic.pass(HOUR);
	await engage('ola', 'open', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15');
	await engage('pam', 'open', 'Mozilla/5.0');
	await engage('quy', 'click', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15');
	await clinic.pass(5 * DAY);
	expect(await entriesOf('ola', 'reminder')).toEqual([]);
	expect(await entriesOf('quy', 'reminder')).toEqual([]);
	// Three calendar days in New York, an hour longer over the clock change.
	expect(await entriesOf('nan', 'reminder')).toEqual(['2027-11-08T13:00:00.000Z']);
	expect(await entriesOf('pam', 'reminder')).toEqual(['2027-11-08T13:00:00.000Z']);
	expect((await triggersOf(clinic.database, { contactId: clinic.idOf('nan') })).at(-1)).toMatchObject({
		journey: 'mailing',
		step: 'mail',
		for: 'P3D'
	});
	await expectOneStory(clinic.pool);
});

test('a condition on a message knows which link was clicked', async () => {
	clinic.clock.set('2028-01-03T12:00:00Z');
	const clicked = (link: string) => ({ message: { step: 'mail', was: 'clicked', link } });
	await clinic.publish(
		'links',
		draw(
			{
				come: ['trigger.transactional', { event: 'link.me' }],
				mail: email(),
				wait: ['wait.for', { duration: 'P1D' }],
				which: ['decide.if', { where: clicked('https://clinic.example/survey') }],
				yes: ['exit', { reason: 'survey' }],
				no: ['exit', { reason: 'nothing' }]
			},
			['come -> mail', 'mail -> wait', 'wait -> which', 'which.yes -> yes', 'which.no -> no']
		)
	);
	await clinic.contacts({ id: 'rob', email: 'rob@example.test' }, { id: 'sam', email: 'sam@example.test' });
	await clinic.tell(['rob', 'sam'], 'link.me');
	await clinic.settle();
	await clinic.pass(HOUR);
	const { id } = await clinic.one<{ id: number }>('select id from messages where contact_id = $1', [
		clinic.idOf('rob')
	]);
	await recordEngagement(clinic.app, {
		messageId: id,
		kind: 'click',
		link: 0,
		method: 'GET',
		userAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15'
	});
	await clinic.pass(2 * DAY);
	expect(await clinic.states('rob')).toEqual({ 'exited survey': 1 });
	expect(await clinic.states('sam')).toEqual({ 'exited nothing': 1 });
});
