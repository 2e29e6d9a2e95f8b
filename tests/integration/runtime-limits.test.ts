import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { admitDue } from '../../src/lib/runtime/admit-planned.ts';
import { enrolByHand } from '../../src/lib/runtime/enrol.ts';
import type { Aside } from '../../src/lib/runtime/set-aside.ts';
import { inTransaction } from '../../src/lib/server/db/db.ts';
import { pauseJourney, resumeJourney } from '../../src/lib/server/journeys/pause.ts';
import { publishJourney } from '../../src/lib/server/journeys/publish.ts';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, draw, HOUR, MINUTE } from '../support/journey.ts';

let clinic: Clinic;
let people: string[];
beforeAll(async () => {
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	people = await clinic.crowd(20);
});
afterAll(() => clinic.close());

const warming = (event: string, config: object = {}, settings: object = {}) =>
	draw(
		{
			come: ['trigger.transactional', { event, limit: { contacts: 3, per: 'PT1H' }, ...config }],
			end: ['exit', {}]
		},
		['come -> end'],
		settings
	);

async function entered(slug: string): Promise<string[]> {
	const rows = await clinic.rows<{ at: Date }>(
		'select entered_at as at from enrollments where journey_id = $1 order by entered_at, id',
		[await clinic.journeyId(slug)]
	);
	return rows.map(({ at }) => at.toISOString().slice(11, 16));
}

test('a limit lets in three an hour, each as early as possible, and loses nobody; who is refused takes no place', async () => {
	await clinic.publish('warm', warming('warm.up'));
	await clinic.tell(people.slice(0, 7), 'warm.up', { properties: { secret: 'lab result' } });
	await clinic.settle();
	expect(await clinic.count('deferred_entries')).toBe(4);
	const { payload_sealed } = await clinic.one<{ payload_sealed: Buffer }>(
		'select payload_sealed from deferred_entries limit 1'
	);
	expect(payload_sealed.includes('lab result')).toBe(false);
	await clinic.tell('p1', 'warm.up');
	await clinic.pass(30 * MINUTE);
	expect(await entered('warm')).toEqual(['12:00', '12:00', '12:00']);
	await clinic.pass(2 * HOUR);
	expect(await entered('warm')).toEqual(['12:00', '12:00', '12:00', '13:00', '13:00', '13:00', '14:00']);
	expect(await clinic.counts('refused%')).toEqual({ 'come refused:reentry': 1 });
	await expectOneStory(clinic.pool);
});

test('the rule sees a deferred entry only when it comes in, and asks again then', async () => {
	await clinic.publish('twice', warming('twice.came'));
	await clinic.tell(people.slice(0, 3), 'twice.came');
	await clinic.tell('p9', 'twice.came', { key: '1' });
	await clinic.tell('p9', 'twice.came', { key: '2' });
	await clinic.settle();
	expect(await clinic.count('deferred_entries')).toBe(2);
	await clinic.pass(3 * HOUR);
	expect(await entered('twice')).toHaveLength(4);
	expect(await clinic.count('deferred_entries')).toBe(0);
	expect(
		await clinic.count('refusals where contact_id = $1 and journey_id = $2', [
			clinic.idOf('p9'),
			await clinic.journeyId('twice')
		])
	).toBe(1);
});

test('places that run out in a pause are given anew at the resume, in order; an archive lets nobody wait', async () => {
	const from = clinic.clock.now();
	await clinic.publish('held', warming('held.came'));
	await clinic.tell(people.slice(0, 8), 'held.came');
	await clinic.settle();
	await pauseJourney(clinic.app, 'held');
	await clinic.pass(5 * HOUR);
	expect(await entered('held')).toHaveLength(3);
	await resumeJourney(clinic.app, 'held');
	await clinic.settle();
	expect(await entered('held')).toHaveLength(6);
	await clinic.pass(HOUR);
	const hours = (
		await clinic.rows<{ at: Date }>(
			'select entered_at as at from enrollments where journey_id = $1 order by 1',
			[await clinic.journeyId('held')]
		)
	).map(({ at }) => (at.getTime() - from) / HOUR);
	expect(hours).toEqual([0, 0, 0, 5, 5, 5, 6, 6]);
});

test('whose payload was changed comes in nowhere, is told of, and holds up nobody', async () => {
	await clinic.publish('changed', warming('changed.came'));
	await clinic.tell(people.slice(0, 5), 'changed.came', { properties: { n: 1 } });
	await clinic.settle();
	await clinic.pool.query(
		`update deferred_entries set payload_sealed = set_byte(payload_sealed, 30, get_byte(payload_sealed, 30) # 1)
		 where id = (select min(id) from deferred_entries)`
	);
	clinic.clock.advance(HOUR);
	const told: Aside[] = [];
	await admitDue(clinic.app, clinic.clock.now(), (aside) => told.push(aside));
	await clinic.settle();
	expect(told).toEqual([
		{ kind: 'deferred', id: await clinic.journeyId('changed'), reason: 'entry-unreadable' }
	]);
	expect(await entered('changed')).toHaveLength(4);
	expect(await clinic.count('deferred_entries where due_at is not null')).toBe(0);
	await clinic.pool.query('delete from set_aside');
	await clinic.pool.query('delete from deferred_entries');
});

test('a trigger that was turned off meanwhile lets nobody in who waited at it', async () => {
	const document = warming('off.came');
	await clinic.publish('off', document);
	await clinic.tell(people.slice(0, 5), 'off.came');
	await clinic.settle();
	const [come, ...others] = document.steps;
	await clinic.pool.query('update journeys set draft = $1 where slug = $2', [
		JSON.stringify({ ...document, steps: [{ ...come, disabled: true }, ...others] }),
		'off'
	]);
	await publishJourney(clinic.app, 'off', null);
	await clinic.pass(2 * HOUR);
	expect(await entered('off')).toHaveLength(3);
	expect(await clinic.count('deferred_entries')).toBe(0);
});

test('somebody is let in by hand, once for one request; the rule says no to a second, and a limit gives a place', async () => {
	await clinic.publish(
		'by-hand',
		draw(
			{
				door: ['trigger.manual', { limit: { contacts: 2, per: 'P1D' } }],
				stay: ['wait.for', { duration: 'P1D' }]
			},
			['door -> stay']
		)
	);
	const ask = (contact: string, request: string = randomUUID(), journey = 'by-hand') =>
		inTransaction(clinic.pool, (tx) =>
			enrolByHand(tx, clinic.app, { journey, contactId: clinic.idOf(contact), request }, clinic.clock.now())
		);
	const request = randomUUID();
	expect(await ask('p1', request)).toBe('admitted');
	expect(await ask('p1', request)).toBe('admitted');
	expect(await ask('p1')).toBe('reentry');
	expect(await ask('p2')).toBe('admitted');
	expect(await ask('p3')).toBe('deferred');
	expect(await ask('p4', request, 'warm')).toBe('closed');
	await clinic.settle();
	expect(await entered('by-hand')).toHaveLength(2);
	await expectOneStory(clinic.pool);
});
