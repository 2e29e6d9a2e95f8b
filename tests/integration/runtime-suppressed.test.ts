import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, draw, email } from '../support/journey.ts';
import { emailMark } from '../support/people.ts';

let clinic: Clinic;
beforeAll(async () => {
	clinic = await Clinic.open();
	await clinic.crowd(5);
});
afterAll(() => clinic.close());

test('a suppressed address blocks its own message, and nobody of the same batch fails over it', async () => {
	await clinic.pool.query(
		`insert into suppressions (email_mark, scope, reason, source) values ($1, 'all', 'bounced', 'test')`,
		[emailMark(clinic.database, 'p3@example.test')]
	);
	await clinic.publish(
		'letters',
		draw({ come: ['trigger.transactional', { event: 'come' }], mail: email() }, ['come -> mail'])
	);
	await clinic.tell(['p1', 'p2', 'p3', 'p4', 'p5'], 'come');
	await clinic.settle();
	const became = await clinic.rows<{ contact_id: number; state: string; reason: string | null }>(
		'select contact_id, state, reason from messages'
	);
	const stateOf = new Map(became.map((row) => [row.contact_id, `${row.state} ${row.reason ?? ''}`.trim()]));
	expect(['p1', 'p2', 'p3', 'p4', 'p5'].map((name) => stateOf.get(clinic.idOf(name)))).toEqual([
		'sent',
		'sent',
		'blocked suppressed',
		'sent',
		'sent'
	]);
	expect(await clinic.count(`enrollments where state = 'failed'`)).toBe(0);
	await expectOneStory(clinic.pool);
});
