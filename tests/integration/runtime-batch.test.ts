import { afterAll, beforeAll, expect, test } from 'vitest';
import { runBatch } from '../../src/lib/runtime/batch.ts';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, DAY, draw, email, HOUR } from '../support/journey.ts';

let clinic: Clinic;
let people: string[];
beforeAll(async () => {
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	people = await clinic.crowd(3000);
});
afterAll(() => clinic.close());

const mailThenWait = (event: string) =>
	draw(
		{
			come: ['trigger.transactional', { event }],
			mail: email(),
			wait: ['wait.for', { duration: 'P1D' }],
			again: email(),
			end: ['exit', {}]
		},
		['come -> mail', 'mail -> wait', 'wait -> again', 'again -> end']
	);

async function admit(version: number, event: string, who: string[]): Promise<void> {
	await clinic.tell(who, event);
	while (await clinic.route()) continue;
	expect(await clinic.count(`enrollments where version_id = $1 and state = 'active'`, [version])).toBe(
		who.length
	);
}

const enrollmentOf = async (version: number, contact: string) =>
	(
		await clinic.one<{ id: number }>('select id from enrollments where version_id = $1 and contact_id = $2', [
			version,
			clinic.idOf(contact)
		])
	).id;

test('four lanes at once over three thousand people do everything once, and count exactly', async () => {
	const version = await clinic.publish('lanes', mailThenWait('lanes.came'));
	await admit(version, 'lanes.came', people);
	const lanes = () => Promise.all([0, 1, 2, 3].map((lane) => clinic.pump(lane)));
	const first = await lanes();
	expect(first.reduce((sum, lane) => sum + lane.enrollments, 0)).toBe(3000);
	clinic.clock.advance(DAY);
	await lanes();
	expect(await clinic.count('messages where version_id = $1', [version])).toBe(6000);
	expect(await clinic.count('step_paths where version_id = $1', [version])).toBe(6000);
	expect(await clinic.counts('entered')).toEqual({
		'come entered': 3000,
		'mail entered': 3000,
		'wait entered': 3000,
		'again entered': 3000,
		'end entered': 3000
	});
	await expectOneStory(clinic.pool);
});

test('messages of a batch are numbered as they were decided, though others take other ways through the journey', async () => {
	const version = await clinic.publish(
		'ordered',
		draw(
			{
				come: ['trigger.transactional', { event: 'ordered.came' }],
				second: ['decide.if', { where: { attribute: 'firstName', op: '=', value: 'Pat2' } }],
				early: email(),
				late: email(),
				end: ['exit', {}]
			},
			['come -> second', 'second.yes -> early', 'early -> late', 'second.no -> late', 'late -> end']
		)
	);
	const three = people.slice(0, 3);
	// One after the other, so that they are due in this order.
	for (const each of three) {
		await clinic.tell(each, 'ordered.came');
		clinic.clock.advance(1);
	}
	while (await clinic.route()) continue;
	expect(await clinic.pump()).toMatchObject({ enrollments: 3 });
	const { rows } = await clinic.pool.query<{ contact_id: number; step: string }>(
		'select contact_id, step from messages where version_id = $1 order by id',
		[version]
	);
	const [first, second, third] = three.map((each) => clinic.idOf(each));
	expect(rows.map((row) => [row.contact_id, row.step])).toEqual([
		[first, 'late'],
		[second, 'early'],
		[second, 'late'],
		[third, 'late']
	]);
});

test('lanes and router at once over people in two journeys with waits keep one story', async () => {
	for (const slug of ['left', 'right'])
		await clinic.publish(
			slug,
			draw(
				{
					come: ['trigger.transactional', { event: 'both.came' }],
					wait: ['wait.event', { event: 'both.answered', timeout: 'P1D' }],
					next: ['wait.event', { event: 'both.answered', timeout: 'P1D' }],
					end: ['exit', {}]
				},
				['come -> wait', 'wait.happened -> next', 'next.happened -> end'],
				{ exitWhen: { event: { name: 'both.left' } } }
			)
		);
	const crowd = people.slice(0, 600);
	const work = async () => {
		for (let moved = 1; moved;) {
			const done = await Promise.all([
				clinic.route(),
				clinic.pump(0),
				clinic.route(),
				clinic.pump(1),
				clinic.pump(2)
			]);
			moved = done.reduce<number>(
				(sum, each) => sum + (typeof each === 'number' ? each : each.enrollments),
				0
			);
			moved += await clinic.count('event_queue');
		}
	};
	await clinic.tell(crowd, 'both.came');
	clinic.clock.advance(1);
	await clinic.tell(crowd.slice(0, 400), 'both.answered');
	clinic.clock.advance(1);
	await clinic.tell(crowd.slice(100, 500), 'both.left');
	await clinic.tell(crowd.slice(0, 300), 'both.answered');
	await work();
	const rows = await clinic.rows(
		`select e.state, count(*)::int as n from enrollments e join journeys j on j.id = e.journey_id where j.slug in ('left', 'right') group by 1 order by 1`
	);
	expect(rows).toEqual([
		{ state: 'exited', n: 2 * 500 },
		{ state: 'waiting', n: 2 * 100 }
	]);
	await expectOneStory(clinic.pool);
	await clinic.tell(crowd.slice(500), 'both.left');
	await work();
	await expectOneStory(clinic.pool);
});

test('one row that breaks its batch is found by halving and fails alone; everybody else moves', async () => {
	const version = await clinic.publish('poison', mailThenWait('poison.came'));
	await admit(version, 'poison.came', people.slice(0, 1000));
	const poisoned = await enrollmentOf(version, 'p500');
	await clinic.pool.query(
		`insert into message_keys (enrollment_id, step, arrival, message_id) values ($1, 'mail', 1, 0)`,
		[poisoned]
	);
	const { failed } = await clinic.pump();
	expect(failed).toBe(1);
	expect(
		await clinic.rows(
			'select state, reason, count(*)::int as n from enrollments where version_id = $1 group by 1, 2 order by 1',
			[version]
		)
	).toEqual([
		{ state: 'failed', reason: 'internal error (23505)', n: 1 },
		{ state: 'waiting', reason: null, n: 999 }
	]);
	expect(await clinic.count('messages where version_id = $1', [version])).toBe(999);
	expect(await clinic.counts('dropped:internal%')).toEqual({ 'come dropped:internal error (23505)': 1 });
	await clinic.pool.query('delete from message_keys where message_id = 0');
	await expectOneStory(clinic.pool);
	clinic.clock.advance(HOUR);
	expect((await clinic.pump()).enrollments).toBe(0);
});

test('a row that not even its failure can be written about fails all the same, and holds nobody up', async () => {
	const version = await clinic.publish('stuck', mailThenWait('stuck.came'));
	await admit(version, 'stuck.came', people.slice(0, 10));
	const stuck = await enrollmentOf(version, 'p5');
	await clinic.pool.query(
		`create function no_path() returns trigger language plpgsql as $$ begin
			if new.enrollment_id = ${stuck} then raise exception 'no'; end if; return new; end $$`
	);
	await clinic.pool.query(
		'create trigger no_path before insert on step_paths for each row execute function no_path()'
	);
	const { failed, enrollments } = await clinic.pump();
	await clinic.pool.query('drop trigger no_path on step_paths');
	expect({ failed, enrollments }).toEqual({ failed: 1, enrollments: 10 });
	expect(await clinic.rows('select state, due_at from enrollments where id = $1', [stuck])).toEqual([
		{ state: 'failed', due_at: null }
	]);
	expect(await clinic.count(`enrollments where version_id = $1 and state = 'waiting'`, [version])).toBe(9);
});

test('a batch killed before its commit changed nothing, and the next run moves everybody', async () => {
	const version = await clinic.publish('killed', mailThenWait('killed.came'));
	await admit(version, 'killed.came', people.slice(0, 200));
	await clinic.pool.query(
		`create function die() returns trigger language plpgsql as $$ begin
			if new.version_id = ${version} then perform pg_terminate_backend(pg_backend_pid()); end if; return null; end $$`
	);
	// The server ends the session in the middle of the batch's write.
	await clinic.pool.query('create trigger die after insert on messages for each row execute function die()');
	const before = await clinic.counts();
	await expect(
		runBatch({ ...clinic.database, now: clinic.clock.now(), limit: 1000, shard: 0 })
	).rejects.toThrow(/terminat/);
	await clinic.pool.query('drop trigger die on messages');
	expect(await clinic.counts()).toEqual(before);
	expect(await clinic.count(`enrollments where version_id = $1 and state = 'active'`, [version])).toBe(200);
	expect(await clinic.count('messages where version_id = $1', [version])).toBe(0);
	expect((await clinic.pump()).enrollments).toBe(200);
	expect(await clinic.count('messages where version_id = $1', [version])).toBe(200);
});

test('two journeys, two lanes, one person: the cap on marketing holds', async () => {
	await clinic.pool.query(
		`update settings set value = value || '{"frequencyCap":{"messages":1,"per":"P7D"}}' where key = 'workspace'`
	);
	await clinic.template('offer', 'An offer. [Unsubscribe]({{ links.unsubscribe }})');
	const crowd = people.slice(0, 300);
	await clinic.contacts(
		...crowd.map((id) => ({
			id,
			consents: [{ kind: 'marketing' as const, grantedAt: clinic.clock.now() - DAY }]
		}))
	);
	const versions: number[] = [];
	for (const slug of ['offer-a', 'offer-b']) {
		const steps = {
			come: ['trigger.transactional', { event: 'offer.came' }] as const,
			mail: email({ template: 'offer', purpose: 'marketing' })
		};
		versions.push(await clinic.publish(slug, draw(steps, ['come -> mail'])));
	}
	await clinic.tell(crowd, 'offer.came');
	while (await clinic.route()) continue;
	while (await clinic.count(`enrollments where state = 'active'`))
		await Promise.all([0, 1].map((lane) => clinic.pump(lane)));
	const rows = await clinic.rows(
		'select state, reason, count(*)::int as n from messages where version_id = any($1) group by 1, 2 order by 1',
		[versions]
	);
	expect(rows).toEqual([
		{ state: 'blocked', reason: 'frequency-cap', n: 300 },
		{ state: 'queued', reason: null, n: 300 }
	]);
});
