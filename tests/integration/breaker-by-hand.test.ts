import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DEFAULT_LIMITS, saveBreakerLimits } from '../../src/lib/runtime/breaker-limits.ts';
import { watchJourneys } from '../../src/lib/runtime/breaker.ts';
import { enrolByHand } from '../../src/lib/runtime/enrol.ts';
import { inTransaction } from '../../src/lib/server/db/db.ts';
import { getJourney } from '../../src/lib/server/journeys/drafts.ts';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, DAY, draw, email } from '../support/journey.ts';

let clinic: Clinic;
let people: string[];
let slug = '';
let n = 0;
beforeAll(async () => {
	clinic = await Clinic.open();
	people = await clinic.crowd(40);
	await saveBreakerLimits(clinic.pool, { ...DEFAULT_LIMITS, freePerDay: 10 });
});
afterAll(() => clinic.close());
beforeEach(async () => {
	slug = `letters-${++n}`;
	await clinic.publish(
		slug,
		draw(
			{
				chosen: ['trigger.manual', {}],
				come: ['trigger.transactional', { event: `come.${n}` }],
				mail: email(),
				wait: ['wait.for', { duration: 'P3D' }],
				more: email()
			},
			['chosen -> mail', 'come -> mail', 'mail -> wait', 'wait -> more']
		)
	);
});

/** As a person does at the screen who chose them: one request, with its number said. */
async function choose(names: readonly string[]): Promise<void> {
	const request = randomUUID();
	for (const name of names)
		await inTransaction(clinic.pool, (tx) =>
			enrolByHand(
				tx,
				clinic.app,
				{ journey: slug, contactId: clinic.idOf(name), request },
				clinic.clock.now()
			)
		);
	await clinic.settle();
}

const tripOf = async () => (await getJourney(clinic.pool, slug)).trip;
const sent = () =>
	clinic.count(
		`messages m join journey_versions v on v.id = m.version_id join journeys j on j.id = v.journey_id
		 where j.slug = $1 and m.state = 'sent'`,
		[slug]
	);

test('people whom a person let in by hand trip no rate, on that day or after a wait', async () => {
	await choose(people.slice(0, 30));
	expect(await sent()).toBe(30);
	await clinic.pass(3 * DAY);
	await watchJourneys(clinic.app);
	expect(await tripOf()).toBeNull();
	expect(await sent()).toBe(60);
	await expectOneStory(clinic.pool);
});

test('a flood that nobody expected trips beside them, by its own number', async () => {
	await choose(people.slice(0, 25));
	await clinic.tell(people.slice(25, 35), `come.${n}`);
	await clinic.settle();
	expect(await tripOf()).toBeNull();
	await clinic.tell(people.slice(35, 36), `come.${n}`);
	await clinic.settle();
	expect(await tripOf()).toMatchObject({ reason: 'rate', counted: 11, allowed: 10 });
	expect(await sent()).toBe(35);
});

test('what comes back of their messages still stops the journey', async () => {
	await choose(people);
	await clinic.pool.query(
		`update messages set complained_at = $2 where id in (select m.id from messages m join journey_versions v on v.id = m.version_id
		 join journeys j on j.id = v.journey_id where j.slug = $1 order by m.id limit 3)`,
		[slug, new Date(clinic.clock.now())]
	);
	await watchJourneys(clinic.app);
	expect(await tripOf()).toMatchObject({ reason: 'complaints', counted: 3 });
});
