import { afterAll, beforeAll, expect, test } from 'vitest';
import { inTransaction } from '../../src/lib/server/db/db.ts';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, DAY, draw, HOUR, MINUTE } from '../support/journey.ts';
import { triggersOf } from '../support/people.ts';

let clinic: Clinic;
let people: string[];
beforeAll(async () => {
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	people = await clinic.crowd(200);
});
afterAll(() => clinic.close());

const oneWait = (event: string, duration = 'P1D', settings = {}, config = {}) =>
	draw(
		{
			come: ['trigger.transactional', { event, ...config }],
			wait: ['wait.for', { duration }],
			end: ['exit', {}]
		},
		['come -> wait', 'wait -> end'],
		settings
	);

test('two hundred people with five equal events each, all at once, enter once each; the others are refused and counted', async () => {
	await clinic.publish('once', oneWait('order.placed'));
	for (const key of ['1', '2', '3', '4', '5']) await clinic.tell(people, 'order.placed', { key });
	await clinic.settle();
	expect(await clinic.states()).toEqual({ waiting: 200 });
	expect(await clinic.counts('refused%')).toEqual({ 'come refused:reentry': 800 });
	expect(await clinic.count('refusals')).toBe(800);
	await clinic.pass(2 * DAY);
	await clinic.tell(people, 'order.placed', { key: '6' });
	await clinic.settle();
	expect(await clinic.states()).toEqual({ exited: 200 });
	expect(await clinic.counts('refused%')).toEqual({ 'come refused:reentry': 1000 });
	await expectOneStory(clinic.pool);
});

test('several routers and pumps at once admit nobody twice', async () => {
	await clinic.publish('burst', oneWait('burst.came'));
	for (const key of ['1', '2', '3', '4', '5']) await clinic.tell(people, 'burst.came', { key });
	const before = await clinic.count('enrollments');
	while ((await clinic.count('event_queue')) > 0)
		await Promise.all([clinic.route(), clinic.route(), clinic.pump(0), clinic.route(), clinic.pump(1)]);
	await clinic.settle();
	expect((await clinic.count('enrollments')) - before).toBe(200);
	await expectOneStory(clinic.pool);
});

test('a trigger with a key admits each value once, whatever the re-entry rule, and nobody without one', async () => {
	await clinic.publish('by-key', oneWait('visit.booked', 'P1D', {}, { key: 'appointment.id' }));
	const book = (id: unknown) =>
		clinic.tell('p1', 'visit.booked', { properties: id === null ? {} : { appointment: { id } } });
	for (const id of ['a', 'b', 'a', null, 7, 'x'.repeat(5000)]) {
		await book(id);
		await clinic.settle();
	}
	const triggers = await triggersOf(clinic.database, { journeyId: await clinic.journeyId('by-key') });
	const keys = triggers.map(({ appointment }) => String((appointment as { id: unknown }).id).slice(0, 3));
	expect(keys).toEqual(['a', 'b', '7', 'xxx']);
	expect(await clinic.count(`refusals where reason = 'duplicate-key'`)).toBe(1);
	await expectOneStory(clinic.pool);
});

test('after the exit and its wait a person may come again, at that very instant and not before', async () => {
	await clinic.publish(
		'again',
		oneWait('again.came', 'PT1H', { reentry: { when: 'afterExit', wait: 'P30D' } })
	);
	const come = async () => {
		await clinic.tell('p1', 'again.came');
		await clinic.settle();
	};
	await come();
	await come(); // Still inside.
	await clinic.pass(HOUR);
	const exit = clinic.clock.now();
	await clinic.passTo(exit + 30 * DAY - 1);
	await come();
	await clinic.pass(1);
	await come();
	expect(await clinic.count('enrollments where journey_id = $1', [await clinic.journeyId('again')])).toBe(2);
	expect(await clinic.count('refusals where journey_id = $1', [await clinic.journeyId('again')])).toBe(2);
	await expectOneStory(clinic.pool);
});

test('an event whose job runs twice enters nobody twice', async () => {
	await clinic.publish('always', oneWait('always.came', 'PT1H', { reentry: { when: 'always' } }));
	const [event] = await clinic.tell('p2', 'always.came');
	await clinic.settle();
	await clinic.pool.query(
		'insert into event_queue (event_id, received_at) select id, received_at from events where id = $1',
		[event]
	);
	await clinic.settle();
	const journey = await clinic.journeyId('always');
	expect(await clinic.count('enrollments where journey_id = $1', [journey])).toBe(1);
	expect(await clinic.count('refusals where journey_id = $1', [journey])).toBe(0);
});

test('a second event is looked at only after what the first set going has come to rest', async () => {
	await clinic.publish(
		'order',
		draw(
			{
				come: ['trigger.transactional', { event: 'form.sent' }],
				wait: ['wait.event', { event: 'form.signed', timeout: 'P1D' }],
				yes: ['exit', { reason: 'signed' }]
			},
			['come -> wait', 'wait.happened -> yes']
		)
	);
	await clinic.tell('p3', 'form.sent');
	await clinic.tell('p3', 'form.signed'); // The same millisecond, one id later.
	expect(await clinic.route()).toBe(1);
	expect(await clinic.route()).toBe(0);
	await clinic.settle();
	expect(await clinic.path('p3', await nthOf('p3', 'order'))).toHaveLength(3);
	await expectOneStory(clinic.pool);
});

async function nthOf(contact: string, slug: string): Promise<number> {
	return clinic.count('enrollments where contact_id = $1 and journey_id <> $2', [
		clinic.idOf(contact),
		await clinic.journeyId(slug)
	]);
}

test('a trigger’s condition sees the person, the payload and what they did before, and nothing later', async () => {
	await clinic.attribute('age', 'number');
	await clinic.publish(
		'picky',
		oneWait(
			'lab.ready',
			'P1D',
			{ reentry: { when: 'always' } },
			{
				where: {
					all: [
						{ attribute: 'age', op: '>', value: 40 },
						{ trigger: 'result', op: '=', value: 'high' },
						{ event: { name: 'lab.ready', count: { op: '>=', value: 2 } } }
					]
				}
			}
		)
	);
	await clinic.contacts({ id: 'p4', attributes: { age: 50 } });
	for (const result of ['high', 'high', 'low'])
		await clinic.tell('p4', 'lab.ready', { properties: { result } });
	await clinic.tell('p5', 'lab.ready', { properties: { result: 'high' } });
	await clinic.settle();
	const journey = await clinic.journeyId('picky');
	// The first came before there were two; the third is low.
	expect(await clinic.count('enrollments where journey_id = $1', [journey])).toBe(1);
	expect(await clinic.count('refusals where journey_id = $1', [journey])).toBe(0);
});

test('an event that can’t be routed is set aside alone, and the others go their way', async () => {
	const version = await clinic.publish(
		'poisoned',
		oneWait('poison.came', 'P1D', { reentry: { when: 'always' } })
	);
	const events = await clinic.tell(['p1', 'p2', 'p3', 'p4', 'p5'], 'poison.came');
	// Something claims the key of p3's entry before the router can: the last guard, a unique row.
	await clinic.pool.query(
		`create function poison() returns trigger language plpgsql as $$ begin
			if new.version_id = ${version} and new.contact_id = ${clinic.idOf('p3')} then raise exception 'no'; end if; return new; end $$`
	);
	await clinic.pool.query(
		'create trigger poison before insert on enrollments for each row execute function poison()'
	);
	const broken: number[] = [];
	const { routeBatch } = await import('../../src/lib/runtime/route.ts');
	while (await routeBatch(clinic.app, clinic.clock.now(), ({ id }) => broken.push(id))) continue;
	await clinic.pool.query('drop trigger poison on enrollments');
	expect(broken).toEqual([events[2]]);
	expect(await clinic.count('enrollments where version_id = $1', [version])).toBe(4);
	expect(await clinic.count('event_queue')).toBe(0);
	expect(await clinic.count('events where id = $1', [events[2]])).toBe(1);
	await clinic.settle();
	await expectOneStory(clinic.pool);
});

test('what a transaction that fails had recorded moves nobody', async () => {
	const before = await clinic.count('enrollments');
	const { recordEvents } = await import('../../src/lib/server/ingest/record.ts');
	await expect(
		inTransaction(clinic.pool, async (tx) => {
			const now = clinic.clock.now();
			await recordEvents(tx, clinic.app.vault, [
				{
					contactId: clinic.idOf('p9'),
					name: 'always.came',
					properties: {},
					occurredAt: now,
					receivedAt: now,
					source: 'test'
				}
			]);
			throw new Error('the intake broke');
		})
	).rejects.toThrow('the intake broke');
	clinic.clock.advance(MINUTE);
	await clinic.settle();
	expect(await clinic.count('enrollments')).toBe(before);
});
