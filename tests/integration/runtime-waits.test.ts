import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, DAY, draw, HOUR, MINUTE } from '../support/journey.ts';

let clinic: Clinic;
beforeAll(async () => {
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	await clinic.publish(
		'survey',
		draw(
			{
				visit: ['trigger.transactional', { event: 'visit.completed' }],
				answer: ['wait.event', { event: 'survey.submitted', same: 'visit', timeout: 'P3D' }],
				thanks: ['exit', { reason: 'answered' }],
				silent: ['exit', { reason: 'silent' }]
			},
			['visit -> answer', 'answer.happened -> thanks', 'answer.timeout -> silent'],
			{ reentry: { when: 'always' } }
		)
	);
});
afterAll(() => clinic.close());

let n = 0;
let person = '';
beforeEach(async () => {
	person = `w${++n}`;
	await clinic.contacts({ id: person, email: `${person}@example.test` });
});

const visit = (visit: string) => clinic.tell(person, 'visit.completed', { properties: { visit } });
const submit = (visit: string, more = {}) =>
	clinic.tell(person, 'survey.submitted', { properties: { visit }, ...more });

test('an awaited event ends the wait at once', async () => {
	await visit('a');
	await clinic.pass(HOUR);
	await submit('a');
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited answered': 1 });
	expect((await clinic.path(person))[1]).toMatch(/^answer happened /);
	await expectOneStory(clinic.pool);
});

test('without the event the wait ends at its time-out, and not a millisecond before', async () => {
	await visit('a');
	await clinic.pass(3 * DAY - 1);
	expect(await clinic.states(person)).toEqual({ waiting: 1 });
	await clinic.pass(1);
	expect(await clinic.states(person)).toEqual({ 'exited silent': 1 });
	await expectOneStory(clinic.pool);
});

test('an event at the very moment of the time-out has happened, whoever works first', async () => {
	await visit('a');
	await clinic.settle();
	clinic.clock.advance(3 * DAY);
	await submit('a');
	expect((await clinic.pump()).enrollments).toBe(0);
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited answered': 1 });
});

test('an event a millisecond after the time-out is too late, whoever works first', async () => {
	await visit('a');
	await clinic.settle();
	clinic.clock.advance(3 * DAY + 1);
	await submit('a');
	expect(await clinic.route()).toBe(0);
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited silent': 1 });
	await expectOneStory(clinic.pool);
});

test('only an event about the same visit counts', async () => {
	await visit('a');
	await clinic.settle();
	clinic.clock.advance(HOUR);
	await submit('b');
	await clinic.tell(person, 'survey.submitted');
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ waiting: 1 });
	await submit('a');
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited answered': 1 });
});

test('an event from before the arrival does not count, also when it is told late', async () => {
	await submit('a');
	await clinic.settle();
	await visit('a');
	await clinic.settle();
	const entered = clinic.clock.now();
	clinic.clock.advance(HOUR);
	await submit('a', { occurredAt: entered - 1 });
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ waiting: 1 });
	await submit('a', { occurredAt: entered + 1 });
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited answered': 1 });
});

test('an event that came while nobody worked counts, though the time-out has passed too', async () => {
	await visit('a');
	await clinic.settle();
	clinic.clock.advance(2 * DAY);
	await submit('a');
	clinic.clock.advance(5 * DAY);
	expect((await clinic.pump()).enrollments).toBe(0);
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited answered': 1 });
	await expectOneStory(clinic.pool);
});

test('events and time-outs of a long stop are lived through in their order', async () => {
	await visit('a');
	await clinic.settle();
	clinic.clock.advance(DAY);
	await visit('b');
	clinic.clock.advance(2.5 * DAY); // a's time-out has passed, b has not begun to wait.
	await submit('a');
	await submit('b');
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited answered': 1, 'exited silent': 1 });
	await expectOneStory(clinic.pool);
});

test('two waits of one contact for one event are both ended by it, where it suits both', async () => {
	await visit('a');
	await clinic.settle();
	await visit('a');
	await clinic.settle();
	await visit('c');
	await clinic.settle();
	clinic.clock.advance(HOUR);
	await submit('a');
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited answered': 2, waiting: 1 });
	await expectOneStory(clinic.pool);
});

test('an event routed before the wait was written down ends it all the same', async () => {
	// The batch has claimed the enrollment and read what it needs; the event is routed before it writes the wait.
	await visit('a');
	await clinic.route();
	const entered = clinic.clock.now();
	clinic.clock.advance(5);
	const [event] = await submit('a');
	await clinic.pool.query('delete from event_queue where event_id = $1', [event]);
	await clinic.settle();
	expect(await clinic.path(person)).toEqual([
		expect.stringMatching(/^visit next /),
		expect.stringMatching(/^answer happened /),
		expect.stringMatching(/^thanks · /)
	]);
	const { arrived } = await clinic.one<{ arrived: Date }>(
		'select at as arrived from step_paths where contact_id = $1 and seq = 2',
		[clinic.idOf(person)]
	);
	expect(arrived.getTime()).toBe(entered + 5);
	await expectOneStory(clinic.pool);
});

test('one event ends one wait: the next wait of the same enrollment for the same event asks for another', async () => {
	await clinic.publish(
		'twice',
		draw(
			{
				start: ['trigger.transactional', { event: 'dose.planned' }],
				first: ['wait.event', { event: 'dose.taken', timeout: 'P1D' }],
				second: ['wait.event', { event: 'dose.taken', timeout: 'P1D' }],
				done: ['exit', { reason: 'both' }]
			},
			['start -> first', 'first.happened -> second', 'second.happened -> done']
		)
	);
	await clinic.tell(person, 'dose.planned');
	await clinic.settle();
	await clinic.tell(person, 'dose.taken');
	await clinic.settle();
	expect(await clinic.path(person)).toHaveLength(3);
	expect(await clinic.states(person)).toEqual({ waiting: 1 });
	await clinic.tell(person, 'dose.taken');
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited both': 1 });
	await expectOneStory(clinic.pool);
});

test('many irrelevant events of one contact are routed together, and none is lost', async () => {
	await clinic.tell(Array<string>(700).fill(person), 'page.viewed');
	expect(await clinic.route()).toBe(500);
	expect(await clinic.route()).toBe(200);
	expect(await clinic.count('event_queue')).toBe(0);
});

test('events told out of order hold nobody up: what one set going and one behind it do not wait for each other', async () => {
	await visit('a');
	await clinic.settle();
	const since = clinic.clock.now();
	clinic.clock.advance(HOUR);
	await submit('a', { receivedAt: since + 20 * MINUTE });
	await clinic.tell(person, 'visit.completed', {
		properties: { visit: 'b' },
		receivedAt: since + 40 * MINUTE
	});
	await clinic.tell(person, 'visit.completed', {
		properties: { visit: 'c' },
		receivedAt: since + 10 * MINUTE
	});
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited answered': 1, waiting: 2 });
	expect(await clinic.count('event_queue')).toBe(0);
});
