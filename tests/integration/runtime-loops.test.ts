import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, DAY, draw, email } from '../support/journey.ts';

let clinic: Clinic;
beforeAll(async () => void (clinic = await Clinic.open('2026-03-02T12:00:00Z')));
afterAll(() => clinic.close());

async function enter(person: string, event: string): Promise<void> {
	await clinic.contacts({ id: person, email: `${person}@example.test` });
	await clinic.tell(person, event);
	await clinic.pass(30 * DAY);
}

test('a loop runs as often as it may, then stops, and is counted as dropped where it left', async () => {
	await clinic.publish(
		'circle',
		draw(
			{
				come: ['trigger.transactional', { event: 'circle.came' }],
				remind: email({}, { maxVisits: 3 }),
				wait: ['wait.for', { duration: 'P1D' }, { maxVisits: 3 }]
			},
			['come -> remind', 'remind -> wait', 'wait -> remind']
		)
	);
	await enter('ann', 'circle.came');
	expect(await clinic.states('ann')).toEqual({ 'stopped loop': 1 });
	expect(await clinic.count('messages where contact_id = $1', [clinic.idOf('ann')])).toBe(3);
	expect(await clinic.counts('dropped%')).toEqual({ 'wait dropped:loop': 1 });
	expect(await clinic.counts('ended%')).toEqual({});
	const arrivals = await clinic.rows('select arrival from messages order by id');
	expect(arrivals).toEqual([{ arrival: 1 }, { arrival: 2 }, { arrival: 3 }]);
	await expectOneStory(clinic.pool);
});

test('without a bound of its own a step is visited once', async () => {
	await clinic.publish(
		'default',
		draw(
			{
				come: ['trigger.transactional', { event: 'default.came' }],
				remind: email(),
				wait: ['wait.for', { duration: 'P1D' }]
			},
			['come -> remind', 'remind -> wait', 'wait -> remind']
		)
	);
	await enter('bob', 'default.came');
	expect(await clinic.states('bob')).toEqual({ 'stopped loop': 1 });
	expect(await clinic.count('messages where contact_id = $1', [clinic.idOf('bob')])).toBe(1);
	await expectOneStory(clinic.pool);
});

test('the arrival too many makes no visit and goes along the repeat edge', async () => {
	await clinic.publish(
		'way-out',
		draw(
			{
				come: ['trigger.transactional', { event: 'out.came' }],
				remind: email({}, { maxVisits: 2 }),
				wait: ['wait.for', { duration: 'P1D' }, { maxVisits: 5 }],
				call: ['exit', { reason: 'call them' }]
			},
			['come -> remind', 'remind -> wait', 'wait -> remind', 'remind.repeat -> call']
		)
	);
	await enter('cem', 'out.came');
	expect(await clinic.states('cem')).toEqual({ 'exited call them': 1 });
	expect((await clinic.path('cem')).map((visit) => visit.split(' ').slice(0, 2).join(' '))).toEqual([
		'come next',
		'remind next',
		'wait next',
		'remind next',
		'wait next',
		'call ·'
	]);
	await expectOneStory(clinic.pool);
});
