import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, DAY, draw, email } from '../support/journey.ts';
import { openReads } from '../../src/lib/server/people/payloads.ts';

type PathRow = Parameters<typeof openReads>[1];

let clinic: Clinic;
beforeAll(async () => {
	clinic = await Clinic.open('2026-03-02T15:00:00Z');
	await clinic.attribute('age', 'number', true);
	await clinic.publish(
		'follow-up',
		draw(
			{
				visit: ['trigger.transactional', { event: 'visit.completed' }],
				thanks: email(),
				'two-days': ['wait.for', { duration: 'P2D' }],
				adult: ['decide.if', { where: { attribute: 'age', op: '>=', value: 40 } }],
				older: email(),
				younger: email(),
				'one-day': ['wait.for', { duration: 'P1D' }],
				end: ['exit', {}]
			},
			[
				'visit -> thanks',
				'thanks -> two-days',
				'two-days -> adult',
				'adult.yes -> older',
				'adult.no -> younger',
				'older -> one-day',
				'younger -> one-day',
				'one-day -> end'
			],
			{ timezone: 'America/New_York' }
		)
	);
});
afterAll(() => clinic.close());

test('ten people go the whole way, at the times that were drawn, and every number has its rows', async () => {
	const people = await clinic.crowd(10, (n) => ({
		timezone: 'America/New_York',
		attributes: { firstName: `Pat${n}`, age: n * 10 }
	}));
	await clinic.tell(people, 'visit.completed', { properties: { visit: 'v-1' } });
	await clinic.settle();
	expect(await clinic.states()).toEqual({ waiting: 10 });
	expect(await clinic.counts('sent')).toEqual({ 'thanks sent': 10 });
	await expectOneStory(clinic.pool);

	await clinic.pass(2 * DAY - 1);
	expect(await clinic.counts('left:%')).not.toHaveProperty('two-days left:next');
	await clinic.pass(1);
	expect(await clinic.counts()).toMatchObject({
		'two-days left:next': 10,
		'adult left:yes': 7,
		'adult left:no': 3,
		'older sent': 7,
		'younger delivered': 3
	});
	await expectOneStory(clinic.pool);

	await clinic.pass(DAY);
	expect(await clinic.states()).toEqual({ exited: 10 });
	expect(await clinic.path('p4')).toEqual([
		'visit next 2026-03-02T15:00',
		'thanks next 2026-03-02T15:00',
		'two-days next 2026-03-02T15:00',
		'adult yes 2026-03-04T15:00',
		'older next 2026-03-04T15:00',
		'one-day next 2026-03-04T15:00',
		'end · 2026-03-05T15:00'
	]);
	await expectOneStory(clinic.pool);
	expect(await clinic.count('caught_mails')).toBe(20);
	expect(await clinic.counts('dropped%')).toEqual({});
});

test('what a decision read stands in the path, and counts belong to the day of the visit in the journey’s zone', async () => {
	const row = await clinic.one<PathRow>(
		`select * from step_paths where contact_id = $1 and 'adult' = any(steps)`,
		[clinic.idOf('p4')]
	);
	expect(row.reads).toBeNull();
	expect(openReads(await clinic.database.vault.keysToOpen([row.contact_id]), row)).toContainEqual([
		expect.objectContaining({ what: 'attribute:age', value: 40, holds: true })
	]);
	clinic.clock.set('2026-03-07T04:30:00Z'); // Still the 6th in New York.
	await clinic.contacts({ id: 'late', email: 'late@example.test', attributes: { age: 20 } });
	await clinic.tell('late', 'visit.completed');
	await clinic.settle();
	await clinic.pass(4 * DAY);
	const days = await clinic.rows<{ step: string; day: string }>(
		`select step, day from step_counts where day >= '2026-03-06' and measure = 'entered' order by day, step`
	);
	expect(days).toEqual([
		{ step: 'thanks', day: '2026-03-06' },
		{ step: 'two-days', day: '2026-03-06' },
		{ step: 'visit', day: '2026-03-06' },
		{ step: 'adult', day: '2026-03-08' },
		{ step: 'one-day', day: '2026-03-08' },
		{ step: 'younger', day: '2026-03-08' },
		{ step: 'end', day: '2026-03-09' }
	]);
	await expectOneStory(clinic.pool);
});

test('two days over a clock change end at the same time of day', async () => {
	clinic.clock.set('2026-03-07T15:00:00Z'); // 10:00 in New York, the clocks go forward on the 8th.
	await clinic.contacts({
		id: 'spring',
		email: 's@example.test',
		timezone: 'America/New_York',
		attributes: { age: 50 }
	});
	await clinic.tell('spring', 'visit.completed');
	await clinic.passTo('2026-03-12T00:00:00Z');
	expect(await clinic.path('spring')).toContain('adult yes 2026-03-09T14:00');
});

test('after a stop of hours the true time counts, and the waits behind it start from there', async () => {
	clinic.clock.set('2026-04-01T12:00:00Z');
	await clinic.contacts({ id: 'stopped', email: 't@example.test', attributes: { age: 50 } });
	await clinic.tell('stopped', 'visit.completed');
	await clinic.settle();
	clinic.clock.set('2026-04-03T18:00:00Z'); // Nobody worked for six hours past the due time.
	await clinic.settle();
	await clinic.pass(DAY);
	expect((await clinic.path('stopped')).slice(3)).toEqual([
		'adult yes 2026-04-03T18:00',
		'older next 2026-04-03T18:00',
		'one-day next 2026-04-03T18:00',
		'end · 2026-04-04T18:00'
	]);
	await expectOneStory(clinic.pool);
});
