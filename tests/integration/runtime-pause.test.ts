import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { archiveJourney, pauseJourney, resumeJourney } from '../../src/lib/server/journeys/pause.ts';
import { planJourney } from '../../src/lib/runtime/planned.ts';
import { setAlarm } from '../../src/lib/runtime/pump.ts';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, DAY, draw, email, HOUR, MINUTE } from '../support/journey.ts';

let clinic: Clinic;
beforeAll(async () => void (clinic = await Clinic.open('2026-03-02T12:00:00Z')));
afterAll(() => clinic.close());

let n = 0;
let slug = '';
beforeEach(async () => {
	slug = `calm-${++n}`;
	await clinic.publish(
		slug,
		draw(
			{
				go: ['trigger.transactional', { event: `go.${n}` }],
				wait: ['wait.for', { duration: 'PT1H' }],
				mail: email(),
				answer: ['wait.event', { event: 'answered', timeout: 'P1D' }],
				end: ['exit', { reason: 'answered' }]
			},
			['go -> wait', 'wait -> mail', 'mail -> answer', 'answer.happened -> end'],
			{ exitWhen: { event: { name: 'cancelled' } } }
		)
	);
	await clinic.contacts(
		...['ann', 'bob'].map((name) => ({ id: `${name}${n}`, email: `${name}${n}@example.test` }))
	);
});

const pause = () => pauseJourney(clinic.app, slug);
async function resume(): Promise<void> {
	await resumeJourney(clinic.app, slug);
	await planJourney(clinic.app, await clinic.journeyId(slug), clinic.clock.now());
	await clinic.settle();
}
const timesOf = async (contact: string) => (await clinic.path(contact)).map((visit) => visit.split(' ')[2]);

test('nobody moves and nobody enters; a wait that ran out ends at the resume, and who came enters then', async () => {
	clinic.clock.set('2026-03-02T12:00:00Z');
	await clinic.tell('ann1', 'go.1');
	await clinic.passTo('2026-03-02T12:30:00Z');
	await pause();
	await clinic.passTo('2026-03-02T13:10:00Z');
	await clinic.tell('bob1', 'go.1');
	await clinic.passTo('2026-03-02T14:00:00Z');
	expect(await clinic.states('ann1')).toEqual({ waiting: 1 });
	expect(await clinic.states('bob1')).toEqual({});
	expect(await clinic.count('messages')).toBe(0);
	await resume();
	await clinic.passTo('2026-03-02T15:00:00Z');
	expect((await clinic.path('ann1')).slice(0, 3)).toEqual([
		'go next 2026-03-02T12:00',
		'wait next 2026-03-02T12:00',
		'mail next 2026-03-02T14:00'
	]);
	expect(await timesOf('bob1')).toEqual([
		'2026-03-02T14:00',
		'2026-03-02T14:00',
		'2026-03-02T15:00',
		'2026-03-02T15:00'
	]);
	expect(await clinic.count('held_events')).toBe(0);
	await expectOneStory(clinic.pool);
});

test('mail in the outbox is held by a pause and sent after it', async () => {
	await clinic.tell('ann2', 'go.2');
	await clinic.settle();
	clinic.clock.advance(HOUR);
	await clinic.pump();
	await pause();
	await clinic.settle();
	expect(
		await clinic.rows('select state from messages where contact_id = $1', [clinic.idOf('ann2')])
	).toEqual([{ state: 'queued' }]);
	await resume();
	expect(
		await clinic.rows('select state from messages where contact_id = $1', [clinic.idOf('ann2')])
	).toEqual([{ state: 'sent' }]);
	await expectOneStory(clinic.pool);
});

test('events that came meanwhile count: an answer ends the wait, a cancellation the enrollment', async () => {
	await clinic.tell(['ann3', 'bob3'], 'go.3');
	await clinic.pass(2 * HOUR);
	await pause();
	await clinic.pass(HOUR);
	await clinic.tell('ann3', 'answered');
	await clinic.tell('bob3', 'cancelled');
	await clinic.pass(2 * DAY);
	expect(await clinic.states('ann3')).toEqual({ waiting: 1 });
	expect(await clinic.states('bob3')).toEqual({ waiting: 1 });
	await resume();
	expect(await clinic.states('ann3')).toEqual({ 'exited answered': 1 });
	expect(await clinic.states('bob3')).toEqual({ exited: 1 });
	await expectOneStory(clinic.pool);
});

test('an answer after the time-out is too late, though the pause kept the wait open', async () => {
	await clinic.tell('ann4', 'go.4');
	await clinic.pass(2 * HOUR);
	await pause();
	await clinic.pass(2 * DAY);
	await clinic.tell('ann4', 'answered');
	await clinic.settle();
	await resume();
	expect(await clinic.states('ann4')).toEqual({ completed: 1 });
});

test('several events held for one contact are looked at one after the other', async () => {
	await pause();
	for (let hour = 0; hour < 3; hour++) {
		await clinic.tell('ann5', 'go.5');
		await clinic.pass(HOUR);
	}
	await clinic.tell('ann5', 'cancelled');
	await clinic.tell('ann5', 'unrelated');
	await clinic.settle();
	await resume();
	expect(await clinic.count('event_queue')).toBe(0);
	expect(await clinic.count('held_events')).toBe(0);
	// Admitted once, refused twice, and then cancelled.
	expect(await clinic.states('ann5')).toEqual({ exited: 1 });
	expect(await clinic.count('refusals where contact_id = $1', [clinic.idOf('ann5')])).toBe(2);
	await expectOneStory(clinic.pool);
});

test('other journeys of the same people go on, and a new event does not overtake a held one', async () => {
	await clinic.publish(
		`other-${n}`,
		draw(
			{ come: ['trigger.transactional', { event: `go.${n}` }], wait: ['wait.for', { duration: 'PT1H' }] },
			['come -> wait']
		)
	);
	await pause();
	await clinic.tell('ann6', 'go.6');
	await clinic.pass(2 * HOUR);
	expect(await clinic.states('ann6')).toEqual({ completed: 1 });
	clinic.clock.advance(MINUTE);
	await clinic.tell('ann6', 'cancelled'); // Not routed yet when the journey goes on.
	await resumeJourney(clinic.app, slug);
	clinic.clock.advance(5);
	await clinic.settle();
	expect(await clinic.states('ann6')).toMatchObject({ completed: 1 });
	expect(await clinic.count('event_queue')).toBe(0);
	await expectOneStory(clinic.pool);
});

test('a paused journey’s overdue people wake nobody and are not looked at', async () => {
	await clinic.tell('ann7', 'go.7');
	await clinic.settle();
	await pause();
	clinic.clock.advance(5 * HOUR);
	await clinic.pool.query('delete from graphile_worker._private_jobs');
	await clinic.pool.query(`update journeys set state = 'paused'`);
	await setAlarm(clinic.pool, clinic.clock.now());
	expect(await clinic.rows('select key from graphile_worker.jobs')).toEqual([]);
	expect((await clinic.pump()).enrollments).toBe(0);
});

test('an archived journey lets nobody in, and who was inside leaves it with their mail unsent', async () => {
	clinic.clock.set('2027-01-04T09:00:00Z');
	await clinic.publish(
		'over',
		draw(
			{
				in: ['trigger.transactional', { event: 'over.asked' }],
				mail: email(),
				wait: ['wait.for', { duration: 'P3D' }],
				end: ['exit', {}]
			},
			['in -> mail', 'mail -> wait', 'wait -> end']
		)
	);
	await clinic.contacts(...['old1', 'old2'].map((id) => ({ id, email: `${id}@example.test` })));
	await clinic.tell('old1', 'over.asked');
	await clinic.settle();
	await clinic.tell('old2', 'over.asked');
	await clinic.route();
	await clinic.pump();
	expect(await archiveJourney(clinic.app, 'over')).toBe(2);
	await clinic.tell('old2', 'over.asked');
	await clinic.pass(5 * DAY);
	for (const id of ['old1', 'old2']) expect(await clinic.states(id)).toEqual({ cancelled: 1 });
	const sent = await clinic.rows('select state from messages where contact_id = any($1) order by state', [
		[clinic.idOf('old1'), clinic.idOf('old2')]
	]);
	expect(sent).toEqual([{ state: 'sent' }, { state: 'withdrawn' }]);
	expect(await archiveJourney(clinic.app, 'over')).toBe(0);
	await expectOneStory(clinic.pool);
});
