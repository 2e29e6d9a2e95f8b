import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, DAY, draw, email, HOUR } from '../support/journey.ts';

let clinic: Clinic;
beforeAll(async () => {
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	await clinic.publish(
		'prepare',
		draw(
			{
				booked: ['trigger.transactional', { event: 'visit.booked' }],
				first: email(),
				wait: ['wait.for', { duration: 'P2D' }],
				second: email(),
				reply: ['wait.event', { event: 'form.opened', timeout: 'P5D' }],
				bye: ['exit', {}]
			},
			['booked -> first', 'first -> wait', 'wait -> second', 'second -> reply', 'reply.happened -> bye'],
			{
				exitWhen: { event: { name: 'visit.cancelled' } },
				goal: { event: { name: 'form.done' }, within: 'P4D' }
			}
		)
	);
});
afterAll(() => clinic.close());

async function enter(...people: string[]): Promise<void> {
	await clinic.contacts(...people.map((id) => ({ id, email: `${id}@example.test` })));
	await clinic.tell(people, 'visit.booked');
	await clinic.settle();
}

test('the exit rule ends an enrollment at its event; it is dropped where it stood, and gets no more mail', async () => {
	await enter('ann');
	await clinic.pass(HOUR);
	const at = clinic.clock.now();
	await clinic.tell('ann', 'visit.cancelled');
	await clinic.settle();
	expect(await clinic.states('ann')).toEqual({ exited: 1 });
	expect(await clinic.counts('dropped%')).toEqual({ 'wait dropped:exited': 1 });
	const { ended_at } = await clinic.one<{ ended_at: Date }>(
		'select ended_at from enrollments where contact_id = $1',
		[clinic.idOf('ann')]
	);
	expect(ended_at.getTime()).toBe(at);
	await clinic.pass(10 * DAY);
	expect(await clinic.count('messages where contact_id = $1', [clinic.idOf('ann')])).toBe(1);
	await expectOneStory(clinic.pool);
});

test('a goal reached in time converts, credited to the last message before it; later it does not', async () => {
	await enter('bob', 'cem');
	await clinic.pass(3 * DAY);
	await clinic.tell('bob', 'form.done');
	await clinic.settle();
	expect(await clinic.states('bob')).toEqual({ converted: 1 });
	expect(await clinic.counts('converted')).toEqual({ 'second converted': 1 });
	await clinic.pass(DAY + 1);
	await clinic.tell('cem', 'form.done');
	await clinic.settle();
	expect(await clinic.states('cem')).toEqual({ waiting: 1 });
	expect(await clinic.count('event_waits where contact_id = $1', [clinic.idOf('bob')])).toBe(0);
	await expectOneStory(clinic.pool);
});

test('an event from before the entry ends nothing, also the entering one itself', async () => {
	await clinic.contacts({ id: 'dot', email: 'dot@example.test' });
	await clinic.tell('dot', 'visit.cancelled');
	await clinic.settle();
	clinic.clock.advance(HOUR);
	await enter('dot');
	await clinic.tell('dot', 'visit.cancelled', { occurredAt: clinic.clock.now() - 1 });
	await clinic.settle();
	expect(await clinic.states('dot')).toEqual({ waiting: 1 });
});

test('a rule counts from the entering event, by when it occurred, also where that was told late', async () => {
	await clinic.contacts({ id: 'lou', email: 'lou@example.test' });
	await clinic.tell('lou', 'visit.booked', { occurredAt: clinic.clock.now() - 2 * HOUR });
	await clinic.settle();
	await clinic.tell('lou', 'visit.cancelled', { occurredAt: clinic.clock.now() - HOUR });
	await clinic.settle();
	expect(await clinic.states('lou')).toEqual({ exited: 1 });
	await expectOneStory(clinic.pool);
});

test('exit comes before the goal when one event is both', async () => {
	await clinic.publish(
		'both',
		draw(
			{ come: ['trigger.transactional', { event: 'b.came' }], wait: ['wait.for', { duration: 'P9D' }] },
			['come -> wait'],
			{ exitWhen: { event: { name: 'b.over' } }, goal: { event: { name: 'b.over' } } }
		)
	);
	await clinic.contacts({ id: 'eve' });
	await clinic.tell('eve', 'b.came');
	await clinic.settle();
	clinic.clock.advance(1);
	await clinic.tell('eve', 'b.over');
	await clinic.settle();
	expect(await clinic.states('eve')).toEqual({ exited: 1 });
	await expectOneStory(clinic.pool);
});

test('a message still in the outbox is withdrawn when its enrollment ends', async () => {
	await clinic.contacts({ id: 'fay', email: 'fay@example.test' });
	await clinic.tell('fay', 'visit.booked');
	await clinic.route();
	await clinic.pump(); // Queued, not handed over.
	clinic.clock.advance(1000);
	await clinic.tell('fay', 'visit.cancelled');
	await clinic.settle();
	const messages = await clinic.rows('select state from messages where contact_id = $1', [
		clinic.idOf('fay')
	]);
	expect(messages).toEqual([{ state: 'withdrawn' }]);
	expect(await clinic.count('caught_mails where contact_id = $1', [clinic.idOf('fay')])).toBe(0);
	await expectOneStory(clinic.pool);
});

test('a message put off by the mail server is not sent after its enrollment ended', async () => {
	await clinic.contacts({ id: 'gil', email: 'gil@example.test' });
	await clinic.tell('gil', 'visit.booked');
	await clinic.route();
	await clinic.pump();
	// The sender has it while the enrollment ends, and the server puts it off.
	await clinic.pool.query(`update messages set state = 'sending' where contact_id = $1`, [
		clinic.idOf('gil')
	]);
	clinic.clock.advance(1000);
	await clinic.tell('gil', 'visit.cancelled');
	await clinic.route();
	await clinic.pool.query(`update messages set state = 'queued' where contact_id = $1`, [clinic.idOf('gil')]);
	await clinic.settle();
	const messages = await clinic.rows('select state from messages where contact_id = $1', [
		clinic.idOf('gil')
	]);
	expect(messages).toEqual([{ state: 'withdrawn' }]);
});

test('mail made before an exit step that was drawn is sent', async () => {
	await clinic.publish(
		'short',
		draw({ come: ['trigger.transactional', { event: 's.came' }], mail: email(), end: ['exit', {}] }, [
			'come -> mail',
			'mail -> end'
		])
	);
	await clinic.contacts({ id: 'hal', email: 'hal@example.test' });
	await clinic.tell('hal', 's.came');
	await clinic.settle();
	expect(await clinic.counts('sent')).toMatchObject({ 'mail sent': 1 });
	expect(await clinic.states('hal')).toEqual({ exited: 1 });
	await expectOneStory(clinic.pool);
});

test('exit rule and event come before a wait that ended while nobody worked', async () => {
	await enter('ida');
	clinic.clock.advance(DAY);
	await clinic.tell('ida', 'visit.cancelled');
	clinic.clock.advance(3 * DAY);
	await clinic.pump();
	expect(await clinic.states('ida')).toEqual({ waiting: 1 });
	await clinic.settle();
	expect(await clinic.states('ida')).toEqual({ exited: 1 });
	expect((await clinic.path('ida')).at(-1)).toMatch(/^wait · /);
	await expectOneStory(clinic.pool);
});
