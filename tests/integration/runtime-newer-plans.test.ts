import { afterAll, beforeAll, expect, test } from 'vitest';
import { pumpLane } from '../../src/lib/runtime/pump.ts';
import { routeBatch } from '../../src/lib/runtime/route.ts';
import { sendQueued } from '../../src/lib/runtime/sender.ts';
import { openPool } from '../../src/lib/server/db/db.ts';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, DAY, draw, email } from '../support/journey.ts';

let clinic: Clinic;
beforeAll(async () => {
	clinic = await Clinic.open();
	await clinic.crowd(40);
});
afterAll(() => clinic.close());

test('people on a plan of a newer Stepwell are left to its workers, and hold nobody up', async () => {
	const document = (event: string) =>
		draw(
			{ come: ['trigger.transactional', { event }], mail: email(), wait: ['wait.for', { duration: 'P1D' }] },
			['come -> mail', 'mail -> wait']
		);
	const newer = await clinic.publish('newer', document('newer.came'));
	const ours = await clinic.publish('ours', document('ours.came'));
	const people = [...clinic.ids.keys()];
	await clinic.tell(people, 'newer.came');
	await clinic.tell(people, 'ours.came');
	while (await clinic.route()) await clinic.pump();
	expect(await clinic.count('messages')).toBe(80);
	clinic.clock.advance(DAY);
	await clinic.pool.query('alter table journey_versions disable trigger journey_versions_changed');
	await clinic.pool.query(
		`update journey_versions set plan = jsonb_set(plan, '{format}', '"stepwell.plan/9"') where id = $1`,
		[newer]
	);

	// As a process that starts now: it has read no plan yet.
	const pool = openPool(clinic.database.url, 4);
	const app = { ...clinic.app, pool };
	expect(await pumpLane(app, 0)).toMatchObject({ failed: 0 });
	await pumpLane(app, 0);
	await sendQueued(app);
	await sendQueued(app);
	await pool.end();
	const waiting = 'enrollments where version_id = $1 and state = $2';
	expect(await clinic.count(waiting, [ours, 'completed'])).toBe(40);
	expect(await clinic.count(waiting, [newer, 'waiting'])).toBe(40);
	expect(await clinic.count('messages where version_id = $1 and state = $2', [ours, 'sent'])).toBe(40);
	expect(await clinic.count('messages where version_id = $1 and state = $2', [newer, 'queued'])).toBe(40);
	await expectOneStory(clinic.pool);
});

test('no event passes a door that only a newer Stepwell knows: they wait for its worker, and none is lost', async () => {
	const people = [...clinic.ids.keys()];
	await clinic.tell(people, 'newer.came', { key: 'again' });
	await clinic.tell(people, 'ours.came', { key: 'again' });
	const entries = await clinic.count('refusals');
	const pool = openPool(clinic.database.url, 4);
	await expect(routeBatch({ ...clinic.app, pool }, clinic.clock.now())).rejects.toMatchObject({
		code: 'newer-plan'
	});
	await pool.end();
	expect(await clinic.count('event_queue')).toBe(80);
	// This pool read the plan when it was of our own format, as a newer Stepwell would know it.
	while (await clinic.route());
	expect(await clinic.count('event_queue')).toBe(0);
	expect(await clinic.count('refusals')).toBe(entries + 80);
	await expectOneStory(clinic.pool);
});
