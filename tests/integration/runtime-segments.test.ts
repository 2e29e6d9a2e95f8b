import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, DAY, draw, email, HOUR } from '../support/journey.ts';

let clinic: Clinic;
beforeAll(async () => {
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	await clinic.attribute('age', 'number', true);
	await clinic.attribute('plan', 'text');
});
afterAll(() => clinic.close());

async function segment(slug: string, where: object | null): Promise<void> {
	await clinic.pool.query('insert into segments (slug, name, "where") values ($1, $1, $2)', [
		slug,
		where && JSON.stringify(where)
	]);
}

const watching = (name: string, on: 'enter' | 'leave') =>
	draw({ come: ['trigger.segment', { segment: name, on }], end: ['exit', {}] }, ['come -> end'], {
		reentry: { when: 'always' }
	});

async function entriesOf(slug: string): Promise<string[]> {
	const rows = await clinic.rows<{ contact_id: number; at: Date }>(
		'select contact_id, entered_at as at from enrollments where journey_id = $1 order by id',
		[await clinic.journeyId(slug)]
	);
	const names = new Map([...clinic.ids].map(([name, id]) => [id, name]));
	return rows.map(({ contact_id, at }) => `${names.get(contact_id)} ${at.toISOString().slice(0, 16)}`);
}

test('who is in it at the publish has not entered; who comes to match by an import has, and leaves by another', async () => {
	await clinic.contacts({ id: 'old', attributes: { age: 80 } }, { id: 'young', attributes: { age: 20 } });
	await segment('seniors', { attribute: 'age', op: '>=', value: 65 });
	await clinic.publish('seniors-in', watching('seniors', 'enter'));
	await clinic.publish('seniors-out', watching('seniors', 'leave'));
	await clinic.settle();
	expect(await entriesOf('seniors-in')).toEqual([]);
	await clinic.contacts({ id: 'young', attributes: { age: 66 } }, { id: 'old', attributes: { age: 81 } });
	await clinic.contacts({ id: 'new', attributes: { age: 90 } });
	await clinic.settle();
	expect(await entriesOf('seniors-in')).toEqual(['young 2026-03-02T12:00', 'new 2026-03-02T12:00']);
	expect(await entriesOf('seniors-out')).toEqual([]);
	await clinic.contacts({ id: 'old', attributes: { age: null } });
	await clinic.settle();
	expect(await entriesOf('seniors-out')).toEqual(['old 2026-03-02T12:00']);
	await expectOneStory(clinic.pool);
});

test('an event lets into a segment at once, and midnight of the person’s own zone takes out of it', async () => {
	await clinic.contacts({ id: 'ny', timezone: 'America/New_York' }, { id: 'here' });
	await segment('lately', { event: { name: 'order.placed', within: 'P1D' } });
	await clinic.publish('lately-in', watching('lately', 'enter'));
	await clinic.publish('lately-out', watching('lately', 'leave'));
	await clinic.tell(['ny', 'here'], 'order.placed');
	await clinic.settle();
	expect(await entriesOf('lately-in')).toEqual(['ny 2026-03-02T12:00', 'here 2026-03-02T12:00']);
	await clinic.passTo('2026-03-05T12:00:00Z');
	expect(await entriesOf('lately-out')).toEqual(['here 2026-03-04T00:00', 'ny 2026-03-04T05:00']);
});

test('a step puts into a list and takes out of it; what it sets going carries where it came from, and goes in no circle', async () => {
	await segment('vip', null);
	await clinic.publish(
		'giving',
		draw(
			{
				come: ['trigger.transactional', { event: 'gave' }],
				back: ['trigger.segment', { segment: 'vip', on: 'enter' }],
				put: ['segment.add', { segment: 'vip' }],
				take: ['segment.remove', { segment: 'vip' }],
				hold: ['wait.for', { duration: 'PT1H' }]
			},
			['come -> put', 'back -> hold', 'hold -> put', 'put -> take'],
			{ reentry: { when: 'always' } }
		)
	);
	await clinic.publish('vip-out', watching('vip', 'leave'));
	await clinic.tell('here', 'gave');
	await clinic.settle();
	expect(await entriesOf('giving')).toHaveLength(1);
	expect(await entriesOf('vip-out')).toHaveLength(1);
	expect(
		await clinic.rows('select step, reason from refusals where contact_id = $1', [clinic.idOf('here')])
	).toEqual([{ step: 'back', reason: 'loop' }]);
	const { lineage } = await clinic.one<{ lineage: string[] }>(
		'select lineage from enrollments where journey_id = $1',
		[await clinic.journeyId('vip-out')]
	);
	expect(lineage).toEqual(['giving', 'vip-out']);
	expect(await clinic.count(`segment_members where segment = 'vip'`)).toBe(0);
});

test('a message that was sent lets into a segment that asks for it', async () => {
	await clinic.contacts({ id: 'reader', email: 'reader@example.test', attributes: { firstName: 'Rea' } });
	await segment('written', { message: { was: 'sent' } });
	await clinic.publish('written-in', watching('written', 'enter'));
	await clinic.publish(
		'letter',
		draw({ come: ['trigger.transactional', { event: 'wrote' }], mail: email() }, ['come -> mail'])
	);
	await clinic.tell('reader', 'wrote');
	await clinic.settle();
	expect(await entriesOf('written-in')).toEqual([expect.stringMatching(/^reader /)]);
});

test('a condition asks a segment as of now, and one event opens one door after the other', async () => {
	await clinic.contacts(
		{ id: 'gold', attributes: { plan: 'gold' } },
		{ id: 'none', attributes: { plan: 'x' } }
	);
	await segment('golden', { attribute: 'plan', op: '=', value: 'gold' });
	await clinic.publish(
		'a-first',
		draw(
			{
				come: ['trigger.transactional', { event: 'asked' }],
				set: ['contact.update', { set: { plan: 'gold' } }]
			},
			['come -> set']
		)
	);
	await clinic.publish(
		'b-second',
		draw(
			{
				come: ['trigger.transactional', { event: 'asked', where: { segment: 'golden' } }],
				end: ['exit', {}]
			},
			['come -> end']
		)
	);
	await clinic.tell('none', 'asked');
	await clinic.settle();
	// The first door's step made it true before the second door was asked.
	expect(await entriesOf('b-second')).toEqual([expect.stringMatching(/^none /)]);
	expect(await clinic.count('event_queue')).toBe(0);
});

test('a journey archived and published again begins to watch anew: nobody entered meanwhile', async () => {
	const { archiveJourney } = await import('../../src/lib/server/journeys/pause.ts');
	for (const slug of ['seniors-in', 'seniors-out']) await archiveJourney(clinic.app, slug);
	await clinic.contacts({ id: 'aged', attributes: { age: 70 } });
	await clinic.settle();
	await clinic.publish('seniors-again', watching('seniors', 'enter'));
	await clinic.contacts({ id: 'aged', attributes: { age: 71 } });
	await clinic.tell('aged', 'anything');
	await clinic.pass(2 * DAY);
	expect(await entriesOf('seniors-again')).toEqual([]);
	await clinic.contacts({ id: 'aged', attributes: { age: 30 } });
	await clinic.pass(HOUR);
	await clinic.contacts({ id: 'aged', attributes: { age: 72 } });
	await clinic.settle();
	expect(await entriesOf('seniors-again')).toHaveLength(1);
});
