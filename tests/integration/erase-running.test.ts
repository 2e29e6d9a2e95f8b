import { afterAll, beforeAll, expect, test } from 'vitest';
import { erasePerson } from '../../src/lib/server/people/erase.ts';
import { expectOneStory } from '../support/audit.ts';
import { callAs } from '../support/call-as.ts';
import { Clinic, DAY, draw, email } from '../support/journey.ts';
import { addContact, findContact } from '../support/people.ts';

let clinic: Clinic;
beforeAll(async () => {
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	await clinic.publish(
		'care',
		draw(
			{
				in: ['trigger.transactional', { event: 'visit.completed' }],
				rest: ['wait.for', { duration: 'P1D' }],
				mail: email(),
				out: ['exit', {}]
			},
			['in -> rest', 'rest -> mail', 'mail -> out'],
			{ reentry: { when: 'always' } }
		)
	);
});
afterAll(() => clinic.close());

const erase = (id: string) =>
	erasePerson(clinic.app, { id: clinic.idOf(id), by: null }, () => ({
		at: clinic.clock.now(),
		actor: { kind: 'system', id: 'test' },
		action: 'contact.erase',
		subject: { kind: 'contact', ids: [String(clinic.idOf(id))] }
	}));
const mailsTo = (id: string) =>
	clinic.count(`messages where contact_id = $1 and state = 'sent'`, [clinic.idOf(id)]);

test('somebody who is deleted goes no further, whatever was under way, and nobody else notices', async () => {
	const people = await clinic.crowd(6);
	await clinic.tell(people, 'visit.completed');
	await clinic.settle();
	// One waits, one has an event that nobody routed yet, one a message that nobody handed over yet.
	await clinic.tell('p2', 'visit.completed');
	await erase('p1');
	await erase('p2');
	clinic.clock.advance(DAY);
	await clinic.route();
	await clinic.pump();
	await erase('p3');
	await clinic.pass(DAY);
	expect(await Promise.all(people.map(mailsTo))).toEqual([0, 0, 0, 1, 1, 1]);
	expect(await clinic.count(`messages where state = 'queued'`)).toBe(0);
	expect(await clinic.count(`enrollments where ended_at is null`)).toBe(0);
	await expectOneStory(clinic.pool);
});

test('deletions in the middle of everything end in one story', async () => {
	const people = await clinic.crowd(60);
	await clinic.tell(people, 'visit.completed');
	clinic.clock.advance(1);
	const leaving = people.slice(0, 30);
	await Promise.all([
		clinic.settle(),
		...leaving.map(async (id, at) => {
			// Spread over what the runtime does meanwhile.
			if (at % 3 === 0) await clinic.count('events');
			await erase(id);
		})
	]);
	await clinic.pass(2 * DAY);
	expect(new Set(await Promise.all(people.slice(30).map(mailsTo)))).toEqual(new Set([1]));
	expect(await clinic.count('contacts')).toBe(30);
	expect(await clinic.count(`enrollments where ended_at is null`)).toBe(0);
	await expectOneStory(clinic.pool);
});

test('whom the clinic sends in again is somebody new, without a memory', async () => {
	const was = clinic.idOf('p40');
	await erase('p40');
	const again = await addContact(clinic.app, { id: 'p40', name: 'Patient 40' });
	expect(again).not.toBe(was);
	expect((await findContact(clinic.app, 'p40'))?.attributes).toEqual({});
	expect((await callAs(clinic.app, 'owner').contacts.get({ id: again })).enrollments).toEqual([]);
	expect(await callAs(clinic.app, 'owner').contacts.rights.erased({ id: was })).not.toBeNull();
});
