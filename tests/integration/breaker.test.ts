import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { watchJourneys } from '../../src/lib/runtime/breaker.ts';
import { sendQueued } from '../../src/lib/runtime/sender.ts';
import { expectSending } from '../../src/lib/runtime/breaker-expect.ts';
import { tellOwner } from '../../src/lib/runtime/breaker-letter.ts';
import { saveBreakerLimits, DEFAULT_LIMITS } from '../../src/lib/runtime/breaker-limits.ts';
import { tripBreaker } from '../../src/lib/runtime/breaker-trip.ts';
import { getCaughtMail } from '../../src/lib/server/mail/caught-mail.ts';
import { unsubscribe } from '../../src/lib/server/consent/unsubscribe.ts';
import { getJourney, listJourneys } from '../../src/lib/server/journeys/drafts.ts';
import { archiveJourney, pauseJourney, resumeJourney } from '../../src/lib/server/journeys/pause.ts';
import { publishJourney } from '../../src/lib/server/journeys/publish.ts';
import { Clinic, DAY, draw, email, HOUR } from '../support/journey.ts';

let clinic: Clinic;
let slug = '';
let people: string[];
let n = 0;
beforeAll(async () => {
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	people = await clinic.crowd(220);
	await clinic.pool.query(
		`insert into users (email, name, password_hash, role) values ('maya@clinic.test', 'Maya', '', 'owner'), ('max@clinic.test', 'Max', '', 'marketer')`
	);
});
afterAll(() => clinic.close());
beforeEach(async () => {
	await saveBreakerLimits(clinic.pool, DEFAULT_LIMITS);
	clinic.clock.advance(2 * DAY);
	slug = `letters-${++n}`;
	await clinic.publish(
		slug,
		draw({ come: ['trigger.transactional', { event: `come.${n}` }], mail: email() }, ['come -> mail'], {
			reentry: { when: 'always' }
		})
	);
});

/** Lets people come, and sends what they get. */
async function mail(count: number, from = 0): Promise<void> {
	await clinic.tell(people.slice(from, from + count), `come.${n}`);
	await clinic.settle();
}

/** Says of the first messages of the journey what came back from them. */
async function mark(
	column: 'bounced_at' | 'complained_at' | 'unsubscribed_at',
	count: number
): Promise<void> {
	await clinic.pool.query(
		`update messages set ${column} = $2 where id in (select m.id from messages m join journey_versions v on v.id = m.version_id
		 join journeys j on j.id = v.journey_id where j.slug = $1 order by m.id limit $3)`,
		[slug, new Date(clinic.clock.now()), count]
	);
}

/** As a bug would: one more message of the same passage on the same day. */
async function makeOneMore(): Promise<void> {
	await clinic.pool.query(
		`with more as (
			insert into messages (enrollment_id, version_id, step, arrival, contact_id, template_version_id, purpose, marketing, visit_at, state)
			select m.enrollment_id, m.version_id, m.step, 1, m.contact_id, m.template_version_id, m.purpose, m.marketing, m.visit_at, 'queued'
			from messages m join journeys j on j.live_version_id = m.version_id where j.slug = $1
			returning *
		) insert into message_keys (enrollment_id, step, arrival, message_id) select enrollment_id, 'other', arrival, id from more`,
		[slug]
	);
}

const stateOf = async () => clinic.one('select state, paused_by from journeys where slug = $1', [slug]);
const tripOf = async () => (await getJourney(clinic.pool, slug)).trip;
const live = { state: 'live', paused_by: null };
const broken = { state: 'paused', paused_by: 'breaker' };
const messages = async () =>
	Object.fromEntries(
		(
			await clinic.rows<{ state: string; n: number }>(
				`select m.state, count(*)::int as n from messages m join journey_versions v on v.id = m.version_id
				 join journeys j on j.id = v.journey_id where j.slug = $1 group by 1`,
				[slug]
			)
		).map((row) => [row.state, row.n])
	);

test.each([
	['bounced_at', 'bounces', 5, 500],
	['complained_at', 'complaints', 2, 10],
	['unsubscribed_at', 'unsubscribes', 2, 200]
] as const)(
	'a journey stops when the set share of its last messages is passed, not when it is met: %s',
	async (column, reason, fine, allowed) => {
		await mail(100);
		await mark(column, fine);
		await watchJourneys(clinic.app);
		expect(await stateOf()).toEqual(live);
		await mark(column, fine + 1);
		await watchJourneys(clinic.app);
		expect(await stateOf()).toEqual(broken);
		expect(await tripOf()).toMatchObject({ reason, counted: fine + 1, total: 100, allowed });
	}
);

test('few messages are not judged by their bounces, but three complaints of any number are', async () => {
	await mail(4);
	await mark('bounced_at', 4);
	await watchJourneys(clinic.app);
	expect(await stateOf()).toEqual(live);
	await mark('complained_at', 3);
	await watchJourneys(clinic.app);
	expect(await tripOf()).toMatchObject({ reason: 'complaints', counted: 3, total: 4 });
});

test('only the last thousand messages count', async () => {
	await mail(100);
	await mark('bounced_at', 60);
	await clinic.pool.query(
		`insert into messages (enrollment_id, version_id, step, arrival, contact_id, purpose, marketing, visit_at, state, decided_at)
		 select 0, (select live_version_id from journeys where slug = $1), 'mail', 1, 1, 'operations', false, $2, 'sent', $2 from generate_series(1, 950)`,
		[slug, new Date(clinic.clock.now() + 1000)]
	);
	await watchJourneys(clinic.app);
	// The newest of the hundred are not told apart by time; fifty of them are in the window at most.
	expect(await stateOf()).toEqual(live);
});

test('what came back stops the next hand-over, and what is queued is held until a person resumes it', async () => {
	await mail(100);
	await mark('bounced_at', 6);
	await mail(20, 100);
	expect(await stateOf()).toEqual(broken);
	expect(await messages()).toEqual({ sent: 100, queued: 20 });
	await clinic.pass(HOUR);
	expect(await messages()).toEqual({ sent: 100, queued: 20 });
	await expect(resumeJourney(clinic.app, slug)).rejects.toThrow(
		'6 of the last 100 messages bounced (6 %; allowed 5 %)'
	);
	await expect(resumeJourney(clinic.app, slug, undefined, 'rate')).rejects.toThrow('bounces');
	await resumeJourney(clinic.app, slug, undefined, 'bounces');
	expect(await stateOf()).toEqual(live);
	expect(await tripOf()).toBeNull();
	await clinic.settle();
	expect(await messages()).toEqual({ sent: 120 });
});

test('a resume begins to count anew, and what goes wrong after it stops the journey again', async () => {
	await mail(100);
	await mark('bounced_at', 6);
	await watchJourneys(clinic.app);
	await resumeJourney(clinic.app, slug, undefined, 'bounces');
	await watchJourneys(clinic.app);
	expect(await stateOf()).toEqual(live);
	clinic.clock.advance(HOUR);
	await mail(100, 100);
	await mark('bounced_at', 200);
	await watchJourneys(clinic.app);
	expect(await tripOf()).toMatchObject({ reason: 'bounces', counted: 100, total: 100 });
});

test('a new version of what the breaker paused waits for the same yes as the old one', async () => {
	await mail(100);
	await mark('bounced_at', 6);
	await mail(20, 100);
	await clinic.tell(people.slice(120, 125), `come.${n}`);
	const published = await publishJourney(clinic.app, slug, null, { people: { choice: 'move', mapping: {} } });
	expect(published).toMatchObject({ number: 2, trip: { reason: 'bounces', counted: 6, total: 100 } });
	expect(await stateOf()).toEqual(broken);
	await clinic.pass(HOUR);
	expect(await messages()).toEqual({ sent: 100, queued: 20 });
	await expect(resumeJourney(clinic.app, slug)).rejects.toThrow('6 of the last 100 messages bounced');
	await resumeJourney(clinic.app, slug, undefined, 'bounces');
	await clinic.settle();
	expect(await stateOf()).toEqual(live);
	expect(await messages()).toEqual({ sent: 125 });
});

test('a pause by a person ends with a new version', async () => {
	await pauseJourney(clinic.app, slug);
	expect(await publishJourney(clinic.app, slug, null)).toMatchObject({ trip: null });
	expect(await stateOf()).toEqual(live);
});

test('archived, a journey is the breaker’s no longer: published again, it is judged by the same numbers', async () => {
	await mail(100);
	await mark('bounced_at', 6);
	await watchJourneys(clinic.app);
	await archiveJourney(clinic.app, slug);
	expect(await publishJourney(clinic.app, slug, null)).toMatchObject({ trip: null });
	expect(await stateOf()).toEqual(live);
	await pauseJourney(clinic.app, slug);
	expect(await tripOf()).toBeNull();
	await resumeJourney(clinic.app, slug);
	await watchJourneys(clinic.app);
	expect(await tripOf()).toMatchObject({ reason: 'bounces' });
});

test('a pause by a person is none of the breaker’s: it is resumed without a reason, and counts on', async () => {
	await mail(100);
	await pauseJourney(clinic.app, slug);
	await mark('bounced_at', 6);
	await watchJourneys(clinic.app);
	expect(await stateOf()).toEqual({ state: 'paused', paused_by: null });
	await resumeJourney(clinic.app, slug);
	await watchJourneys(clinic.app);
	expect(await stateOf()).toEqual(broken);
});

test('sending over three times what was expected stops before the message that is too many', async () => {
	await saveBreakerLimits(clinic.pool, { ...DEFAULT_LIMITS, freePerDay: 10 });
	await mail(5);
	await clinic.pool.query('insert into breakers (journey_id, expected_per_day) values ($1, 5)', [
		await clinic.journeyId(slug)
	]);
	await mail(10, 5);
	expect(await stateOf()).toEqual(live);
	await mail(1, 15);
	expect(await stateOf()).toEqual(broken);
	expect(await messages()).toEqual({ sent: 15, queued: 1 });
	expect(await tripOf()).toMatchObject({ reason: 'rate', counted: 16, total: null, allowed: 15 });
	// Whoever resumes it expects so many from now on.
	await resumeJourney(clinic.app, slug, undefined, 'rate');
	await mail(40, 16);
	expect(await stateOf()).toEqual(live);
	expect(await messages()).toEqual({ sent: 56 });
});

test('messages of the day before do not count towards the rate', async () => {
	await saveBreakerLimits(clinic.pool, { ...DEFAULT_LIMITS, freePerDay: 10 });
	await mail(10);
	clinic.clock.advance(25 * HOUR);
	await mail(10, 10);
	expect(await stateOf()).toEqual(live);
});

test('what gathered while a journey was paused goes out at its resume', async () => {
	await saveBreakerLimits(clinic.pool, { ...DEFAULT_LIMITS, freePerDay: 10 });
	await pauseJourney(clinic.app, slug);
	await mail(30);
	await resumeJourney(clinic.app, slug);
	await clinic.settle();
	expect(await stateOf()).toEqual(live);
	expect(await messages()).toEqual({ sent: 30 });
});

test('a publish expects of a day what the busiest of the last four weeks brought', async () => {
	const id = await clinic.journeyId(slug);
	await mail(30);
	clinic.clock.advance(3 * DAY);
	await mail(7, 30);
	await publishJourney(clinic.app, slug, null);
	await expectSending(clinic.pool, clinic.pool, id, clinic.clock.now());
	expect(await clinic.one('select expected_per_day from breakers where journey_id = $1', [id])).toEqual({
		expected_per_day: 30
	});
});

test('a message over what the publish promised is not handed over, and the journey stops', async () => {
	await clinic.tell('p1', `come.${n}`);
	await clinic.route();
	await clinic.pump();
	await makeOneMore();
	await clinic.send();
	expect(await stateOf()).toEqual(broken);
	expect(await tripOf()).toMatchObject({ reason: 'day-bound', counted: 2, allowed: 1 });
	expect(await messages()).toEqual({ queued: 2 });
});

test('an arrival over the step’s most visits is not handed over either', async () => {
	await clinic.tell('p1', `come.${n}`);
	await clinic.route();
	await clinic.pump();
	await clinic.pool.query(`update messages set arrival = 2 where state = 'queued'`);
	await clinic.send();
	expect(await tripOf()).toMatchObject({ reason: 'visits-bound', counted: 2, allowed: 1 });
	await clinic.pool.query(`update messages set state = 'withdrawn' where state = 'queued'`);
});

test('two senders at once stop a journey once, and one that judged before a resume stops nothing', async () => {
	await mail(100);
	await mark('bounced_at', 6);
	const journeyId = await clinic.journeyId(slug);
	const trip = { reason: 'bounces', counted: 6, total: 100, allowed: 500 } as const;
	const verdict = { journeyId, period: null, trip, messageId: null };
	await clinic.tell(people.slice(100, 130), `come.${n}`);
	await clinic.route();
	await clinic.pump();
	await Promise.all([clinic.send(), clinic.send(), watchJourneys(clinic.app), clinic.send()]);
	expect(
		await clinic.count(`audit_log where action = 'journey.break' and subject_ids = array[$1]`, [slug])
	).toBe(1);
	expect(await clinic.count(`graphile_worker.jobs where key = $1`, [`tell-owner:${journeyId}`])).toBe(1);
	expect(await messages()).toEqual({ sent: 100, queued: 30 });
	await resumeJourney(clinic.app, slug, undefined, 'bounces');
	expect(await tripBreaker(clinic.app, verdict)).toBe(false);
	expect(await stateOf()).toEqual(live);
});

test('one journey that stops holds no other', async () => {
	await mail(100);
	await mark('bounced_at', 6);
	const stopped = slug;
	await clinic.publish(
		`other-${n}`,
		draw({ come: ['trigger.transactional', { event: `come.${n}` }], mail: email() }, ['come -> mail'])
	);
	await mail(10, 100);
	expect(await messages()).toEqual({ sent: 100, queued: 10 });
	slug = `other-${n}`;
	expect(await messages()).toEqual({ sent: 10 });
	expect((await listJourneys(clinic.pool)).find((each) => each.slug === stopped)?.trip).toMatchObject({
		reason: 'bounces'
	});
	expect((await listJourneys(clinic.pool)).find((each) => each.slug === slug)?.trip).toBeNull();
});

test('whoever published it is told by mail, in words and without a person', async () => {
	await publishJourney(clinic.app, slug, 2);
	await mail(100);
	await mark('bounced_at', 6);
	await watchJourneys(clinic.app);
	await tellOwner(clinic.app, await clinic.journeyId(slug));
	await resumeJourney(clinic.app, slug, undefined, 'bounces');
	await tellOwner(clinic.app, await clinic.journeyId(slug));
	const caught = await clinic.rows<{ id: number }>('select id from caught_mails where message_id is null');
	expect(caught).toHaveLength(1);
	const letter = await getCaughtMail(clinic.app, caught[0]?.id ?? 0);
	expect(letter.to).toBe('max@clinic.test');
	expect(letter.subject).toBe(`Paused: ${slug}`);
	expect(letter.text).toContain('6 of the last 100 messages bounced (6 %; allowed 5 %)');
	expect(letter.text).toContain(`/journeys/${slug}`);
});

test('where whoever published it wants no such mail, or is gone, the owners are told', async () => {
	for (const away of [`notifications = '{"breaker": false}'`, `deactivated_at = now()`]) {
		await clinic.pool.query('delete from caught_mails where message_id is null');
		await clinic.pool.query(`update users set notifications = '{}', deactivated_at = null`);
		await clinic.pool.query(`update users set ${away} where name = 'Max'`);
		slug = `told-${away.slice(0, 5)}-${++n}`;
		await clinic.publish(
			slug,
			draw({ come: ['trigger.transactional', { event: `come.${n}` }], mail: email() }, ['come -> mail'])
		);
		await publishJourney(clinic.app, slug, 2);
		await mail(100);
		await mark('bounced_at', 6);
		await watchJourneys(clinic.app);
		await tellOwner(clinic.app, await clinic.journeyId(slug));
		const [caught] = await clinic.rows<{ id: number }>(
			'select id from caught_mails where message_id is null'
		);
		expect((await getCaughtMail(clinic.app, caught?.id ?? 0)).to).toBe('maya@clinic.test');
	}
	await clinic.pool.query('update users set deactivated_at = null');
});

test('somebody who unsubscribes has the breaker look', async () => {
	await mail(1);
	const { id } = await clinic.one<{ id: number }>('select max(id) as id from messages');
	await unsubscribe(clinic.app, id);
	expect(await clinic.count(`graphile_worker.jobs where key = 'watch'`)).toBe(1);
});

test('somebody who was changed meanwhile is granted a day more, since the zone may have changed', async () => {
	await clinic.tell('p1', `come.${n}`);
	await clinic.route();
	await clinic.pump();
	await makeOneMore();
	clinic.clock.advance(HOUR);
	await clinic.contacts({ id: 'p1', timezone: 'Pacific/Honolulu' });
	await clinic.send();
	expect(await stateOf()).toEqual(live);
	expect(await messages()).toEqual({ sent: 2 });
});

test('where it is told to look away, as in a rehearsal, nothing stops', async () => {
	await saveBreakerLimits(clinic.pool, { ...DEFAULT_LIMITS, freePerDay: 1 });
	await clinic.tell(people.slice(0, 5), `come.${n}`);
	await clinic.route();
	await clinic.pump();
	await sendQueued(clinic.app, undefined, undefined, false);
	expect(await stateOf()).toEqual(live);
	expect(await messages()).toEqual({ sent: 5 });
});
