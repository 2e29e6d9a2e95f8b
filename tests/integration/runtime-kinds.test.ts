/** Decisions, waits and actions beyond the first ones, on PostgreSQL under a set clock. */
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runBatch } from '../../src/lib/runtime/batch.ts';
import { admitDue } from '../../src/lib/runtime/admit-planned.ts';
import { planJourney } from '../../src/lib/runtime/planned.ts';
import { pauseJourney, resumeJourney } from '../../src/lib/server/journeys/pause.ts';
import { Clinic, DAY, draw, email, HOUR, type DrawnStep } from '../support/journey.ts';
import { findContact } from '../support/people.ts';

let clinic: Clinic;
beforeAll(async () => {
	clinic = await Clinic.open();
	await clinic.attribute('age', 'number', true);
	await clinic.attribute('visits', 'number');
	await clinic.attribute('due', 'date', true);
	await clinic.attribute('group', 'text', true);
});
afterAll(() => clinic.close());

const comes = (event: string): DrawnStep => ['trigger.transactional', { event }];
const end: DrawnStep = ['exit', {}];
const wait: DrawnStep = ['wait.for', { duration: 'P30D' }];

/** Where the only open or last enrollment of a contact in a journey stands. */
async function whereIs(contact: string, slug: string): Promise<string> {
	const row = await clinic.one<{ step: string; state: string }>(
		`select e.step, e.state from enrollments e join journeys j on j.id = e.journey_id
		 where e.contact_id = $1 and j.slug = $2 order by e.id desc limit 1`,
		[clinic.idOf(contact), slug]
	);
	return `${row.step} ${row.state}`;
}

test('the first branch that holds is taken, else the other one, and what it read is kept', async () => {
	await clinic.publish(
		'by-age',
		draw(
			{
				in: comes('age.asked'),
				which: [
					'decide.match',
					{
						branches: [
							{ id: 'old', where: { attribute: 'age', op: '>=', value: 65 } },
							{ id: 'grown', where: { attribute: 'age', op: '>=', value: 18 } }
						]
					}
				],
				a: wait,
				b: wait,
				c: wait
			},
			['in -> which', 'which.old -> a', 'which.grown -> b', 'which.else -> c']
		)
	);
	await clinic.contacts(...[70, 30, 3].map((age) => ({ id: `aged${age}`, attributes: { age } })));
	await clinic.tell(['aged70', 'aged30', 'aged3'], 'age.asked');
	await clinic.settle();
	expect(await Promise.all(['aged70', 'aged30', 'aged3'].map((id) => whereIs(id, 'by-age')))).toEqual([
		'a waiting',
		'b waiting',
		'c waiting'
	]);
});

test('chance is the same for a person every time, and fair over many', async () => {
	await clinic.publish(
		'by-chance',
		draw(
			{
				in: comes('chance.asked'),
				which: [
					'decide.random',
					{
						branches: [
							{ id: 'one', weight: 50 },
							{ id: 'two', weight: 50 }
						]
					}
				],
				a: wait,
				b: wait
			},
			['in -> which', 'which.one -> a', 'which.two -> b'],
			{ reentry: { when: 'always' } }
		)
	);
	const people = await clinic.crowd(100);
	for (let time = 0; time < 2; time++) {
		await clinic.tell(people, 'chance.asked');
		await clinic.settle();
	}
	const rows = await clinic.rows<{ steps: string[] }>(
		`select array_agg(distinct e.step) as steps from enrollments e join journeys j on j.id = e.journey_id
		 where j.slug = 'by-chance' group by e.contact_id`
	);
	expect(rows.every(({ steps }) => steps.length === 1)).toBe(true);
	const ones = rows.filter(({ steps }) => steps[0] === 'a').length;
	expect(ones).toBeGreaterThan(30);
	expect(ones).toBeLessThan(70);
});

test('a wait until a time of day ends then, and the next visit waits for the next such time', async () => {
	await clinic.publish(
		'at-nine',
		draw(
			{
				in: comes('nine.asked'),
				nine: ['wait.until', { at: '09:00' }, { maxVisits: 2 }],
				mail: email({}, { maxVisits: 2 }),
				end
			},
			['in -> nine', 'nine -> mail', 'mail -> nine', 'nine.repeat -> end']
		)
	);
	await clinic.contacts({ id: 'nina', email: 'nina@example.test', timezone: 'America/New_York' });
	clinic.clock.set('2026-03-10T12:59:00Z');
	await clinic.tell('nina', 'nine.asked');
	await clinic.passTo('2026-03-13T00:00:00Z');
	const rows = await clinic.rows<{ at: Date }>(
		'select visit_at as at from messages where contact_id = $1 order by id',
		[clinic.idOf('nina')]
	);
	expect(rows.map(({ at }) => at.toISOString())).toEqual([
		'2026-03-10T13:00:00.000Z',
		'2026-03-11T13:00:00.000Z'
	]);
	expect(await whereIs('nina', 'at-nine')).toBe('end exited');
});

test('a wait for a date follows it, and ends by `past` where the date is moved behind', async () => {
	await clinic.publish(
		'before-due',
		draw(
			{
				in: comes('due.asked'),
				until: ['wait.until', { date: 'due', offset: '-P1D', at: '09:00' }],
				late: ['exit', { reason: 'late' }],
				end
			},
			['in -> until', 'until -> end', 'until.past -> late']
		)
	);
	clinic.clock.set('2026-04-01T12:00:00Z');
	await clinic.contacts(...['due1', 'due2', 'due3'].map((id) => ({ id, attributes: { due: '2026-04-10' } })));
	await clinic.tell(['due1', 'due2', 'due3'], 'due.asked');
	await clinic.settle();
	await clinic.contacts({ id: 'due2', attributes: { due: '2026-04-20' } });
	await clinic.contacts({ id: 'due3', attributes: { due: '2026-03-20' } });
	await clinic.settle();
	expect(await whereIs('due3', 'before-due')).toBe('late exited');
	await clinic.passTo('2026-04-09T09:00:00Z');
	expect(await whereIs('due1', 'before-due')).toBe('end exited');
	expect(await whereIs('due2', 'before-due')).toBe('until waiting');
	await clinic.passTo('2026-04-19T08:59:00Z');
	expect(await whereIs('due2', 'before-due')).toBe('until waiting');
	await clinic.passTo('2026-04-19T09:00:00Z');
	expect(await whereIs('due2', 'before-due')).toBe('end exited');
});

test('an update is sealed, seen by what follows, and seen by the other journey of the same batch', async () => {
	const steps = {
		in: comes('visit.counted'),
		set: ['contact.update', { set: { group: 'seen {{ trigger.room }}', visits: 1 } }] as DrawnStep,
		seen: ['decide.if', { where: { attribute: 'group', op: '=', value: 'seen 7' } }] as DrawnStep,
		yes: wait,
		no: end
	};
	const edges = ['in -> set', 'set -> seen', 'seen.yes -> yes', 'seen.no -> no'];
	await clinic.publish('a-counts', draw(steps, edges));
	const { set: _, ...without } = steps;
	await clinic.publish('b-looks', draw(without, ['in -> seen', ...edges.slice(2)]));
	await clinic.contacts({ id: 'upda', name: 'Upda', attributes: { age: 5 } });
	await clinic.tell('upda', 'visit.counted', { properties: { room: '7' } });
	await clinic.settle();
	expect(await whereIs('upda', 'a-counts')).toBe('yes waiting');
	expect(await whereIs('upda', 'b-looks')).toBe('yes waiting');
	expect(await findContact(clinic.database, 'upda')).toMatchObject({
		name: 'Upda',
		attributes: { age: 5, group: 'seen 7', visits: 1 }
	});
	const row = await clinic.one<{ attributes: unknown }>('select attributes from contacts where id = $1', [
		clinic.idOf('upda')
	]);
	expect(row.attributes).toEqual({ visits: 1 });
});

test('a date that a step sets plans the entry by it, which carries where it came from', async () => {
	await clinic.publish(
		'c-reminds',
		draw({ in: ['trigger.time', { date: 'due', offset: 'P0D', at: '10:00', repeat: 'once' }], stay: wait }, [
			'in -> stay'
		])
	);
	await clinic.publish(
		'd-sets',
		draw({ in: comes('due.set'), set: ['contact.update', { set: { due: '2026-05-02' } }], end }, [
			'in -> set',
			'set -> end'
		])
	);
	clinic.clock.set('2026-05-01T12:00:00Z');
	await clinic.contacts({ id: 'dora' });
	await clinic.tell('dora', 'due.set');
	await clinic.passTo('2026-05-02T10:00:00Z');
	expect(await whereIs('dora', 'c-reminds')).toBe('stay waiting');
	expect(
		await clinic.one(
			`select e.lineage from enrollments e join journeys j on j.id = e.journey_id where e.contact_id = $1 and j.slug = 'c-reminds'`,
			[clinic.idOf('dora')]
		)
	).toEqual({ lineage: ['d-sets', 'c-reminds'] });
});

test('a step lets people into another journey once, and is told at the visit when it may not', async () => {
	const enter = (journey: string, stay: boolean): DrawnStep => ['journey.enter', { journey, stay }];
	await clinic.publish('pong', draw({ in: ['trigger.manual', {}], stay: wait }, ['in -> stay']));
	await clinic.publish(
		'ping',
		draw({ in: ['trigger.manual', {}], go: enter('pong', false), no: end }, ['in -> go', 'go.refused -> no'])
	);
	await clinic.publish(
		'start',
		draw({ in: comes('ping.asked'), one: enter('ping', true), two: enter('ping', true), end, no: end }, [
			'in -> one',
			'one -> two',
			'two -> end',
			'two.refused -> no'
		])
	);
	await clinic.contacts({ id: 'pia' });
	await clinic.tell('pia', 'ping.asked', { properties: { room: '9' } });
	await clinic.settle();
	expect(await whereIs('pia', 'start')).toBe('no exited');
	expect(await whereIs('pia', 'ping')).toBe('go moved');
	expect(await whereIs('pia', 'pong')).toBe('stay waiting');
	const refusals = await clinic.rows<{ slug: string; reason: string }>(
		`select j.slug, r.reason from refusals r join journeys j on j.id = r.journey_id where r.contact_id = $1 order by r.id`,
		[clinic.idOf('pia')]
	);
	expect(refusals).toEqual([{ slug: 'ping', reason: 'reentry' }]);
	expect(
		await clinic.one(
			`select e.lineage from enrollments e join journeys j on j.id = e.journey_id where e.contact_id = $1 and j.slug = 'pong'`,
			[clinic.idOf('pia')]
		)
	).toEqual({ lineage: ['start', 'ping', 'pong'] });
	await clinic.pass(HOUR + DAY);
	expect(await clinic.count(`enrollments where contact_id = $1`, [clinic.idOf('pia')])).toBe(3);
});

async function enteredAt(slug: string): Promise<string[]> {
	const rows = await clinic.rows<{ contact_id: number; at: Date }>(
		`select e.contact_id, e.entered_at as at from enrollments e join journeys j on j.id = e.journey_id
		 where j.slug = $1 order by e.entered_at, e.contact_id`,
		[slug]
	);
	const names = new Map([...clinic.ids].map(([name, id]) => [id, name]));
	return rows
		.map(({ contact_id, at }) => ({ name: names.get(contact_id) ?? '', at: at.toISOString() }))
		.sort((one, other) => (`${one.at} ${one.name}` < `${other.at} ${other.name}` ? -1 : 1))
		.map(({ name, at }) => `${name} ${at}`);
}

test('everybody in the audience is asked at each recurrence, also who can only be asked unsealed', async () => {
	clinic.clock.set('2026-06-01T12:00:00Z'); // A Monday.
	await clinic.contacts(
		{ id: 'rosa', attributes: { age: 99 } },
		{ id: 'rudi', attributes: { age: 98 } },
		{ id: 'ruth', attributes: { age: 1 } }
	);
	await clinic.publish(
		'each-tuesday',
		draw(
			{
				in: [
					'trigger.time',
					{
						every: 'FREQ=WEEKLY;BYDAY=TU',
						at: '09:00',
						audience: { attribute: 'age', op: '>=', value: 98 }
					}
				],
				end
			},
			['in -> end'],
			{ reentry: { when: 'always' } }
		)
	);
	await clinic.passTo('2026-06-03T00:00:00Z');
	await clinic.contacts({ id: 'rudi', attributes: { age: 10 } });
	await clinic.passTo('2026-06-10T00:00:00Z');
	expect(await enteredAt('each-tuesday')).toEqual([
		'rosa 2026-06-02T09:00:00.000Z',
		'rudi 2026-06-02T09:00:00.000Z',
		'rosa 2026-06-09T09:00:00.000Z'
	]);
});

test('one instant asks everybody once, each once, however many planners there are', async () => {
	await clinic.publish(
		'only-once',
		draw(
			{
				in: [
					'trigger.time',
					{ at: '2026-06-11T09:00:00Z', audience: { attribute: 'firstName', op: 'exists' } }
				],
				end
			},
			['in -> end'],
			{ reentry: { when: 'always' } }
		)
	);
	clinic.clock.set('2026-06-11T09:00:00Z');
	for (let asked = 1; asked;)
		asked = (await Promise.all([1, 2, 3].map(() => admitDue(clinic.app, clinic.clock.now())))).reduce(
			(sum, each) => sum + each
		);
	await clinic.settle();
	const entered = await enteredAt('only-once');
	expect(entered).toHaveLength(100);
	expect(new Set(entered).size).toBe(100);
	await clinic.pass(DAY);
	expect(await enteredAt('only-once')).toHaveLength(100);
});

test('what falls due while the journey is paused is not made up', async () => {
	await clinic.publish(
		'paused-once',
		draw(
			{
				in: [
					'trigger.time',
					{ every: 'FREQ=DAILY', at: '09:00', audience: { attribute: 'age', op: '>=', value: 99 } }
				],
				end
			},
			['in -> end'],
			{ reentry: { when: 'always' } }
		)
	);
	await pauseJourney(clinic.app, 'paused-once');
	await clinic.passTo('2026-06-13T12:00:00Z');
	await resumeJourney(clinic.app, 'paused-once');
	await planJourney(clinic.app, await clinic.journeyId('paused-once'), clinic.clock.now());
	await clinic.passTo('2026-06-14T12:00:00Z');
	expect(await enteredAt('paused-once')).toEqual(['rosa 2026-06-14T09:00:00.000Z']);
});

test('a silence lets people in so long after the last event that ends one, once for each', async () => {
	clinic.clock.set('2026-07-01T12:00:00Z');
	await clinic.publish(
		'come-back',
		draw(
			{ in: ['trigger.time', { inactive: { event: 'portal.visited', for: 'P10D' } }], end },
			['in -> end'],
			{
				reentry: { when: 'always' }
			}
		)
	);
	await clinic.contacts({ id: 'sil1' }, { id: 'sil2' });
	await clinic.pass(5 * DAY);
	await clinic.tell('sil2', 'portal.visited');
	await clinic.settle();
	await clinic.pass(30 * DAY);
	await clinic.tell('sil1', 'portal.visited');
	await clinic.settle();
	await clinic.pass(30 * DAY);
	expect((await enteredAt('come-back')).filter((each) => each.startsWith('sil'))).toEqual([
		'sil1 2026-07-11T12:00:00.000Z',
		'sil2 2026-07-16T12:00:00.000Z',
		'sil1 2026-08-15T12:00:00.000Z'
	]);
});

const passedAt = async (slug: string, step: string) => {
	const rows = await clinic.rows<{ at: Date }>(
		`select p.at from step_paths p join journey_versions v on v.id = p.version_id join journeys j on j.id = v.journey_id
		 where j.slug = $1 and p.continues and p.steps[1] = $2 order by p.at, p.enrollment_id`,
		[slug, step]
	);
	return rows.map(({ at }) => at.toISOString().slice(0, 13));
};

test('a pace lets so many pass in any window, in order; those kept over a pause are spread anew', async () => {
	clinic.clock.set('2026-09-01T09:00:00Z');
	await clinic.publish(
		'paced',
		draw({ in: comes('pace.asked'), pace: ['wait.pace', { contacts: 2, per: 'PT1H' }], end }, [
			'in -> pace',
			'pace -> end'
		])
	);
	const people = Array.from({ length: 9 }, (_, n) => `paced${n}`);
	await clinic.contacts(...people.map((id) => ({ id })));
	await clinic.tell(people, 'pace.asked');
	await clinic.settle();
	await clinic.passTo('2026-09-01T10:30:00Z');
	expect(await passedAt('paced', 'pace')).toEqual([
		'2026-09-01T09',
		'2026-09-01T09',
		'2026-09-01T10',
		'2026-09-01T10'
	]);
	await pauseJourney(clinic.app, 'paced');
	await clinic.passTo('2026-09-01T15:00:00Z');
	await resumeJourney(clinic.app, 'paced');
	await clinic.passTo('2026-09-01T20:00:00Z');
	expect((await passedAt('paced', 'pace')).slice(4)).toEqual([
		'2026-09-01T15',
		'2026-09-01T15',
		'2026-09-01T16',
		'2026-09-01T16',
		'2026-09-01T17'
	]);
});

test('what somebody else wrote between a batch’s reading and its lock is kept beside what the step writes', async () => {
	await clinic.publish(
		'racing',
		draw({ in: comes('race.asked'), set: ['contact.update', { set: { group: 'raced' } }], end }, [
			'in -> set',
			'set -> end'
		])
	);
	await clinic.contacts({ id: 'race', name: 'Before', attributes: { age: 1 } });
	await clinic.tell('race', 'race.asked');
	await clinic.route();
	// Another writer commits at the very moment when the batch, having read the contact, asks for the lock.
	const { pool } = clinic;
	const interrupted = new Proxy(pool, {
		get(target, name) {
			if (name !== 'connect') return Reflect.get(target, name, target) as unknown;
			return async () => interruptedClient(await pool.connect());
		}
	});
	await runBatch({
		pool: interrupted,
		vault: clinic.app.vault,
		now: clinic.clock.now(),
		limit: 10,
		shard: 0
	});
	expect(await findContact(clinic.database, 'race')).toMatchObject({
		name: 'Meanwhile',
		attributes: { age: 2, group: 'raced' }
	});
});

function interruptedClient(client: pg.PoolClient): pg.PoolClient {
	return new Proxy(client, {
		get(target, name) {
			const value: unknown = Reflect.get(target, name, target);
			if (name !== 'query') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
			return async (text: unknown, values?: unknown[]) => {
				if (typeof text === 'string' && text.includes('for no key update skip locked'))
					await clinic.contacts({ id: 'race', name: 'Meanwhile', attributes: { age: 2 } });
				return target.query(text as string, values);
			};
		}
	});
}
