import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { pauseJourney, resumeJourney } from '../../src/lib/server/journeys/pause.ts';
import type { PeopleChoice } from '../../src/lib/server/journeys/move-choice.ts';
import { previewMove } from '../../src/lib/server/journeys/preview-move.ts';
import { publishJourney } from '../../src/lib/server/journeys/publish.ts';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, DAY, draw, email, HOUR, type DrawnStep } from '../support/journey.ts';

let clinic: Clinic;
beforeAll(async () => void (clinic = await Clinic.open('2026-03-02T12:00:00Z')));
afterAll(() => clinic.close());

let n = 0;
let slug = '';
let ann = '';
let bob = '';
beforeEach(async () => {
	slug = `way-${++n}`;
	[ann, bob] = [`ann${n}`, `bob${n}`];
	await clinic.contacts(...[ann, bob].map((id) => ({ id, email: `${id}@example.test` })));
});

type Steps = Record<string, DrawnStep>;

const come = (): Steps => ({ go: ['trigger.transactional', { event: `go.${n}` }] });
const wait = (duration = 'P1D'): DrawnStep => ['wait.for', { duration }];
const answer = (event: string, timeout = 'P3D'): DrawnStep => ['wait.event', { event, timeout }];

const journey = (steps: Steps, edges: string[], settings = {}) =>
	draw({ ...come(), ...steps }, edges, settings);
const publish = (steps: Steps, edges: string[], settings = {}) =>
	clinic.publish(slug, journey(steps, edges, settings));
const move = (mapping: Extract<PeopleChoice, { choice: 'move' }>['mapping'] = {}): PeopleChoice => ({
	choice: 'move',
	mapping
});
const republish = async (steps: Steps, edges: string[], people: PeopleChoice = move(), settings = {}) =>
	(await clinic.republish(slug, journey(steps, edges, settings), people)).people;

/** Where somebody stands: the number of the version, the step, and what they wait for. */
async function placeOf(contact: string): Promise<string> {
	const row = await clinic.one<{ at: string }>(
		`select concat_ws(' ', v.number, e.step, e.state, e.waiting_for, e.reason) as at from enrollments e
		 join journey_versions v on v.id = e.version_id where e.contact_id = $1 order by e.id desc limit 1`,
		[clinic.idOf(contact)]
	);
	return row.at;
}
const stepsOf = async (contact: string) =>
	(await clinic.path(contact)).map((visit) => visit.split(' ').slice(0, 2).join(' '));
async function enter(...people: string[]): Promise<void> {
	await clinic.tell(people, `go.${n}`);
	await clinic.settle();
}

test('a published version can be neither changed nor deleted', async () => {
	const id = await publish({ a: wait() }, ['go -> a']);
	for (const change of [
		`update journey_versions set plan = plan || '{"name":"other"}' where id = $1`,
		`update journey_versions set document = '{}' where id = $1`,
		`update journey_versions set number = 7 where id = $1`,
		'delete from journey_versions where id = $1'
	])
		await expect(clinic.pool.query(change, [id])).rejects.toThrow('A published version never changes.');
	await clinic.pool.query('update journey_versions set published_by = null where id = $1', [id]);
});

test('finish: those inside end on the version they entered, and who comes now enters the new one', async () => {
	await publish({ a: wait(), old: ['exit', { reason: 'old' }] }, ['go -> a', 'a -> old']);
	await enter(ann);
	const people = await republish({ a: wait(), b: ['exit', { reason: 'new' }] }, ['go -> a', 'a -> b'], {
		choice: 'finish'
	});
	expect(people).toEqual({ choice: 'finish', inside: 1 });
	await enter(bob);
	expect([await placeOf(ann), await placeOf(bob)]).toEqual(['1 a waiting time', '2 a waiting time']);
	await clinic.pass(DAY);
	expect([await placeOf(ann), await placeOf(bob)]).toEqual(['1 old exited old', '2 b exited new']);
	await expectOneStory(clinic.pool);
});

test('move: a wait of the same id keeps its due time, whatever its new length, and leads on by the new version', async () => {
	await publish({ a: wait('P1D') }, ['go -> a']);
	await enter(ann);
	await clinic.pass(HOUR);
	expect(await republish({ a: wait('P9D'), b: wait() }, ['go -> a', 'a -> b'])).toEqual({
		choice: 'move',
		stayed: 1,
		moved: 0,
		ended: 0,
		stopped: 0
	});
	expect(await placeOf(ann)).toBe('2 a waiting time');
	await expectOneStory(clinic.pool);
	await clinic.pass(DAY - HOUR - 1);
	expect(await placeOf(ann)).toBe('2 a waiting time');
	await clinic.pass(1);
	expect(await placeOf(ann)).toBe('2 b waiting time');
	expect(await stepsOf(ann)).toEqual(['go next', 'a next', 'b ·']);
	await expectOneStory(clinic.pool);
});

test('the step people wait in was removed: they arrive at the step chosen for them, at the moment of the publish', async () => {
	await publish({ a: wait('P7D'), b: email(), c: wait() }, ['go -> a', 'a -> b', 'b -> c']);
	await enter(ann);
	await clinic.pass(HOUR);
	const people = await republish(
		{ b: email(), c: wait() },
		['go -> b', 'b -> c'],
		move({ a: { step: 'b' } })
	);
	expect(people).toMatchObject({ stayed: 0, moved: 1, ended: 0 });
	await expectOneStory(clinic.pool);
	const moved = new Date(clinic.clock.now()).toISOString().slice(0, 16);
	await clinic.settle();
	expect(await clinic.path(ann)).toEqual([
		expect.stringMatching(/^go next/),
		expect.stringMatching(/^a · /),
		`b next ${moved}`,
		`c · ${moved}`
	]);
	expect(await clinic.count(`messages where contact_id = $1 and state = 'sent'`, [clinic.idOf(ann)])).toBe(1);
	await expectOneStory(clinic.pool);
});

test('the step people wait in was removed: their journey ends where that is chosen, and what was queued stays unsent', async () => {
	await publish({ b: email(), a: wait() }, ['go -> b', 'b -> a']);
	await clinic.tell(ann, `go.${n}`);
	await clinic.route();
	await clinic.pump();
	expect(await republish({ b: email() }, ['go -> b'], move({ a: 'exit' }))).toMatchObject({ ended: 1 });
	await clinic.settle();
	expect(await placeOf(ann)).toBe('1 a exited version');
	expect(await clinic.rows('select state from messages where contact_id = $1', [clinic.idOf(ann)])).toEqual([
		{ state: 'withdrawn' }
	]);
	await expectOneStory(clinic.pool);
});

test('a message queued by a step that is gone is sent all the same to those who move on', async () => {
	await publish({ b: email(), a: wait() }, ['go -> b', 'b -> a']);
	await clinic.tell(ann, `go.${n}`);
	await clinic.route();
	await clinic.pump();
	// Where they arrive they leave at once, by an exit that only the new version has.
	const people = await republish(
		{ bye: ['exit', { reason: 'done' }] },
		['go -> bye'],
		move({ a: { step: 'bye' } })
	);
	expect(people).toMatchObject({ moved: 1 });
	await clinic.pump();
	expect(await placeOf(ann)).toBe('2 bye exited done');
	await clinic.settle();
	expect(await clinic.rows('select state from messages where contact_id = $1', [clinic.idOf(ann)])).toEqual([
		{ state: 'sent' }
	]);
	await expectOneStory(clinic.pool);
});

test('a step for which nothing is chosen refuses the publish, and changes nothing', async () => {
	await publish({ a: wait() }, ['go -> a']);
	await enter(ann, bob);
	await expect(republish({ b: wait() }, ['go -> b'])).rejects.toMatchObject({
		problem: { code: 'publish.unmapped', problems: [{ step: 'a', people: 2 }] }
	});
	expect(await placeOf(ann)).toBe('1 a waiting time');
	for (const step of ['go', 'nowhere'])
		await expect(republish({ b: wait() }, ['go -> b'], move({ a: { step } }))).rejects.toMatchObject({
			problem: { code: 'input.invalid', path: '/people/mapping/a/step' }
		});
	expect(
		await clinic.rows(
			'select number from journey_versions v join journeys j on j.id = v.journey_id where slug = $1',
			[slug]
		)
	).toEqual([{ number: 1 }]);
});

test('another kind of step under the same id is begun anew, which is no loop', async () => {
	await publish({ a: wait('P7D') }, ['go -> a']);
	await enter(ann);
	await clinic.pass(DAY);
	const people = await republish({ a: answer(`ok.${n}`), b: wait() }, ['go -> a', 'a.happened -> b']);
	expect(people).toMatchObject({ stayed: 0, moved: 1 });
	await clinic.settle();
	expect(await placeOf(ann)).toBe('2 a waiting event');
	await clinic.pass(HOUR);
	await clinic.tell(ann, `ok.${n}`);
	await clinic.settle();
	expect(await stepsOf(ann)).toEqual(['go next', 'a ·', 'a happened', 'b ·']);
	await expectOneStory(clinic.pool);
});

test('an event after the move ends the wait by what the new version waits for', async () => {
	await publish({ a: answer(`old.${n}`) }, ['go -> a']);
	await enter(ann, bob);
	const due = await clinic.rows('select due_at from enrollments where contact_id = $1', [clinic.idOf(ann)]);
	await clinic.pass(HOUR);
	await republish({ a: answer(`new.${n}`, 'P9D'), b: wait() }, ['go -> a', 'a.happened -> b']);
	await clinic.tell(ann, `old.${n}`);
	await clinic.settle();
	expect(await placeOf(ann)).toBe('2 a waiting event');
	expect(
		await clinic.rows('select due_at from enrollments where contact_id = $1', [clinic.idOf(ann)])
	).toEqual(due);
	await clinic.tell(bob, `new.${n}`);
	await clinic.settle();
	expect(await placeOf(bob)).toBe('2 b waiting time');
	await expectOneStory(clinic.pool);
});

test('an event that ended the wait just before the move has happened on the new version too', async () => {
	await publish({ a: answer(`ok.${n}`) }, ['go -> a']);
	await enter(ann);
	clinic.clock.advance(HOUR);
	await clinic.tell(ann, `ok.${n}`);
	await clinic.route();
	await republish({ a: answer(`ok.${n}`), b: wait() }, ['go -> a', 'a.happened -> b']);
	await clinic.settle();
	expect(await placeOf(ann)).toBe('2 b waiting time');
	await expectOneStory(clinic.pool);
});

test('exit rules of the new version hold for those who move, also between the move and their next step', async () => {
	await publish({ a: wait() }, ['go -> a']);
	await enter(ann, bob);
	clinic.clock.advance(HOUR);
	await clinic.tell(ann, `off.${n}`); // It came before the publish, and is routed after it.
	clinic.clock.advance(1000);
	await republish({ b: wait() }, ['go -> b'], move({ a: { step: 'b' } }), {
		exitWhen: { event: { name: `off.${n}` } }
	});
	expect((await clinic.pump()).enrollments).toBe(1);
	await clinic.settle();
	expect([await placeOf(ann), await placeOf(bob)]).toEqual(['2 b exited', '2 b waiting time']);
	await expectOneStory(clinic.pool);
});

test('somebody who was at the chosen step as often as it allows is stopped, or goes along its repeat', async () => {
	await publish({ a: wait(), b: wait() }, ['go -> a', 'a -> b']);
	await enter(ann);
	await clinic.pass(DAY);
	await enter(bob);
	expect([await placeOf(ann), await placeOf(bob)]).toEqual(['1 b waiting time', '1 a waiting time']);
	expect(await republish({ a: wait() }, ['go -> a'], move({ b: { step: 'a' } }))).toMatchObject({
		stayed: 1,
		moved: 0,
		stopped: 1
	});
	expect(await placeOf(ann)).toBe('1 b stopped loop');
	await expectOneStory(clinic.pool);
	await republish(
		{ c: wait(), a: wait(), again: wait() },
		['go -> c', 'c -> a', 'a.repeat -> again'],
		move()
	);
	await clinic.pass(DAY);
	expect(await placeOf(bob)).toBe('3 a completed');
	await expectOneStory(clinic.pool);
});

test('the arrivals of before count: who moves may not come more often than the bound says', async () => {
	await publish({ a: wait(), b: wait() }, ['go -> a', 'a -> b']);
	await enter(ann);
	await clinic.pass(DAY);
	await republish({ a: wait(), b: wait(), back: wait() }, [
		'go -> a',
		'a -> b',
		'b -> a',
		'a.repeat -> back'
	]);
	await clinic.pass(DAY);
	expect(await placeOf(ann)).toBe('2 back waiting time');
	await expectOneStory(clinic.pool);
});

test('a hand-over that comes after the move wakes those who stayed, and only them', async () => {
	const stays = { mail: email(), no: wait(), yes: wait() };
	const edges = ['go -> mail', 'mail.failed -> no', 'mail -> yes'];
	await publish(stays, edges);
	await clinic.tell([ann, bob], `go.${n}`);
	await clinic.route();
	await clinic.pump();
	expect(await placeOf(ann)).toBe('1 mail waiting handover');
	expect(await republish(stays, edges)).toMatchObject({ stayed: 2 });
	await clinic.settle();
	expect(await placeOf(ann)).toBe('2 yes waiting time');
	await expectOneStory(clinic.pool);
});

test('who waits for a hand-over at a step that is gone is found, and moves', async () => {
	await publish({ mail: email(), no: wait() }, ['go -> mail', 'mail.failed -> no']);
	await clinic.tell(ann, `go.${n}`);
	await clinic.route();
	await clinic.pump();
	expect(await republish({ no: wait() }, ['go -> no'], move({ mail: { step: 'no' } }))).toMatchObject({
		moved: 1
	});
	await clinic.settle();
	expect(await stepsOf(ann)).toEqual(['go next', 'mail ·', 'no ·']);
	expect(await clinic.count(`messages where contact_id = $1 and state = 'sent'`, [clinic.idOf(ann)])).toBe(1);
	await expectOneStory(clinic.pool);
});

test('places of a pace stay, and those of one that is gone are forgotten', async () => {
	const pace: DrawnStep = ['wait.pace', { contacts: 1, per: 'P1D' }];
	await publish({ a: pace, b: pace }, ['go -> a', 'a -> b']);
	await enter(ann, bob);
	const due = () =>
		clinic.rows('select due_at from enrollments where contact_id = any($1) order by id', [
			[ann, bob].map((who) => clinic.idOf(who))
		]);
	const before = await due();
	await republish({ a: pace, c: wait() }, ['go -> a', 'a -> c'], move({ b: { step: 'c' } }));
	await clinic.settle();
	expect((await due())[1]).toEqual(before[1]);
	expect(
		await clinic.rows(`select distinct step from places where journey_id = $1`, [
			await clinic.journeyId(slug)
		])
	).toEqual([{ step: 'a' }]);
	await clinic.pass(DAY);
	expect(await placeOf(bob)).toBe('2 c waiting time');
	await expectOneStory(clinic.pool);
});

test('those who ended, and those who failed, stay where they are', async () => {
	await publish({ a: wait() }, ['go -> a']);
	await enter(ann, bob);
	await clinic.whileBroken(ann, () => clinic.pass(DAY));
	expect(await republish({ b: wait() }, ['go -> b'])).toMatchObject({ stayed: 0, moved: 0, ended: 0 });
	expect([await placeOf(ann), await placeOf(bob)]).toEqual([
		expect.stringMatching(/^1 a failed/),
		'1 a completed'
	]);
	await expectOneStory(clinic.pool);
});

test('a move while the journey is paused takes along who never began; publishing lets it go on', async () => {
	await publish({ a: wait(), b: answer(`ok.${n}`) }, ['go -> a', 'a -> b']);
	await enter(ann);
	await clinic.tell(bob, `go.${n}`);
	await clinic.route();
	await pauseJourney(clinic.app, slug);
	await clinic.pass(2 * DAY);
	expect([await placeOf(ann), await placeOf(bob)]).toEqual(['1 a waiting time', '1 go active']);
	await clinic.draft(slug, journey({ c: wait() }, ['go -> c']));
	expect(await previewMove(clinic.app, slug)).toMatchObject({
		inside: 2,
		stay: 1,
		lost: [{ people: 1, is: 'gone' }]
	});
	expect(await republish({ c: wait() }, ['go -> c'], move({ a: { step: 'c' } }))).toMatchObject({
		stayed: 1,
		moved: 1
	});
	await clinic.settle();
	expect([await placeOf(ann), await placeOf(bob)]).toEqual(['2 c waiting time', '2 c waiting time']);
	expect(await stepsOf(bob)).toEqual(['go next', 'c ·']);
	await expect(resumeJourney(clinic.app, slug)).resolves.toBeUndefined();
	await expectOneStory(clinic.pool);
});

test('who came in by a trigger that is gone and never began goes where it is chosen', async () => {
	await publish({ a: wait() }, ['go -> a']);
	await clinic.tell([ann, bob], `go.${n}`);
	await clinic.route();
	const other: Steps = { other: ['trigger.manual', {}], a: wait() };
	const next = draw(other, ['other -> a']);
	await expect(clinic.republish(slug, next, move())).rejects.toMatchObject({
		problem: { problems: [{ step: 'go', people: 2 }] }
	});
	await clinic.republish(slug, next, move({ go: { step: 'a' } }));
	await clinic.settle();
	expect(await stepsOf(ann)).toEqual(['a ·']);
	await expectOneStory(clinic.pool);
});

test('somebody admitted by a transaction that was open during the move follows before the first step', async () => {
	await publish({ a: wait() }, ['go -> a']);
	await enter(ann);
	await republish({ b: wait() }, ['go -> b'], move({ a: { step: 'b' } }));
	await enter(bob);
	// As such a transaction leaves it: on the old version, not begun.
	await clinic.pool.query(
		`insert into enrollments (contact_id, journey_id, version_id, state, step, arrived_at, due_at, wake, entered_at)
		 select contact_id, journey_id, (select min(id) from journey_versions v where v.journey_id = e.journey_id), 'active', 'go', $2, $2, '{"kind":"start"}', $2
		 from enrollments e where contact_id = $1`,
		[clinic.idOf(ann), new Date(clinic.clock.now())]
	);
	await clinic.settle();
	expect(await placeOf(ann)).toBe('2 b waiting time');
	await expectOneStory(clinic.pool);
});

test('the audit log names the choice and how many it touched', async () => {
	await publish({ a: wait() }, ['go -> a']);
	await enter(ann);
	await clinic.draft(slug, journey({ b: wait() }, ['go -> b']));
	await publishJourney(clinic.app, slug, null, {
		people: move({ a: 'exit' }),
		entry: (act) => ({ at: clinic.clock.now(), actor: { kind: 'system', id: 'test' }, ...act })
	});
	const { details } = await clinic.one<{ details: unknown }>(
		`select details from audit_log where action = 'journey.publish' order by id desc limit 1`
	);
	expect(details).toEqual({ version: 2, people: 'move', stayed: 0, moved: 0, ended: 1, stopped: 0 });
});

test(
	'with two lanes at work, nobody is left on the old version, nor at a step that is gone',
	{ timeout: 60_000 },
	async () => {
		const many = Array.from({ length: 300 }, (_, i) => `m${n}-${i}`);
		await clinic.contacts(...many.map((id) => ({ id, email: `${id}@example.test` })));
		const chain = ['a', 'b', 'c', 'd', 'e'];
		const old = Object.fromEntries(chain.map((id) => [id, wait('PT1M')]));
		const along = (ids: string[]) => ['go', ...ids].slice(0, -1).map((id, at) => `${id} -> ${ids[at]}`);
		await publish(old, along(chain));
		await clinic.tell(many, `go.${n}`);
		await clinic.settle();
		const next = ['a', 'c', 'e', 'x'];
		const steps = Object.fromEntries(next.map((id) => [id, wait('PT1M')]));
		const mapping = move({ b: { step: 'x' }, d: 'exit' });
		for (let round = 0; round < 4; round++) {
			clinic.clock.advance(60_000);
			const work = [clinic.pump(0), clinic.pump(1)];
			if (round === 2) await republish(steps, along(next), mapping);
			await Promise.all(work);
			await clinic.settle();
		}
		expect(
			await clinic.rows(
				`select v.number, e.step from enrollments e join journeys j on j.id = e.journey_id join journey_versions v on v.id = e.version_id
			 where j.slug = $1 and e.ended_at is null and (v.number = 1 or e.step not in ('a', 'c', 'e', 'x'))`,
				[slug]
			)
		).toEqual([]);
		await clinic.pass(DAY);
		expect(
			await clinic.count(
				`enrollments e join journeys j on j.id = e.journey_id where j.slug = $1 and e.ended_at is null`,
				[slug]
			)
		).toBe(0);
		await expectOneStory(clinic.pool);
	}
);

test(
	'with events routed and mail sent at the same time, all that happened is told once',
	{ timeout: 60_000 },
	async () => {
		const many = Array.from({ length: 200 }, (_, i) => `r${n}-${i}`);
		await clinic.contacts(...many.map((id) => ({ id, email: `${id}@example.test` })));
		const exitWhen = { event: { name: `off.${n}` } };
		const steps: Steps = {
			mail: email(),
			a: answer(`ok.${n}`),
			b: answer(`ok.${n}`),
			yes: email(),
			c: wait()
		};
		const old = ['go -> mail', 'mail -> a', 'mail.failed -> c', 'a.happened -> yes', 'yes -> b'];
		await publish(steps, old, { exitWhen });
		await clinic.tell(many, `go.${n}`);
		await clinic.settle();
		clinic.clock.advance(HOUR);
		await clinic.tell(many.slice(0, 120), `ok.${n}`);
		await clinic.tell(many.slice(100, 140), `off.${n}`);
		const work = [clinic.route(), clinic.pump(0), clinic.pump(1), clinic.send()];
		const { mail = email(), a = wait(), c = wait() } = steps;
		const next = ['go -> mail', 'mail -> a', 'mail.failed -> c', 'a.happened -> c'];
		const chosen = move({ b: { step: 'c' }, yes: { step: 'c' } });
		const moving = republish({ mail, a, c }, next, chosen, { exitWhen });
		await Promise.all([...work, moving, clinic.route(), clinic.pump(0), clinic.send()]);
		await clinic.settle();
		await expectOneStory(clinic.pool);
		const places = await clinic.rows<{ at: string; people: number }>(
			`select concat_ws(' ', v.number, case when e.ended_at is null then e.step end, e.state) as at, count(*)::int as people from enrollments e
		 join journeys j on j.id = e.journey_id join journey_versions v on v.id = e.version_id where j.slug = $1 group by 1`,
			[slug]
		);
		const found = Object.fromEntries(places.map(({ at, people }) => [at, people]));
		expect(found).toMatchObject({ '2 a waiting': 60, '2 c waiting': 100 });
		expect(
			places.filter(({ at }) => at.endsWith('exited')).reduce((sum, { people }) => sum + people, 0)
		).toBe(40);
	}
);

test('a batch that works on somebody is waited for, and the step it led to is the one that is moved', async () => {
	await publish({ a: wait(), b: wait() }, ['go -> a', 'a -> b']);
	await enter(ann);
	const batch = await clinic.pool.connect();
	await batch.query('begin');
	await batch.query('select from enrollments where contact_id = $1 for update', [clinic.idOf(ann)]);
	const moving = republish({ a: wait(), c: wait() }, ['go -> a', 'a -> c'], move({ b: { step: 'c' } }));
	await expect
		.poll(() => clinic.count(`pg_stat_activity where wait_event_type = 'Lock' and query like 'with inside%'`))
		.toBe(1);
	// As a batch writes a step that waits without a time: neither of the two indexes has them where it had them.
	await batch.query(
		`with path as (
			insert into step_paths (enrollment_id, seq, version_id, contact_id, at, first_at, continues, steps, outcomes)
			select id, seq + 1, version_id, contact_id, $2, arrived_at, true, '{a,b}', '{next,null}' from enrollments where contact_id = $1
		), counted as (
			insert into step_counts (version_id, day, step, measure, shard, count)
			select version_id, $2::date, m.step, m.measure, 50, 1 from enrollments
			cross join (values ('a', 'left:next'), ('b', 'entered')) as m (step, measure) where contact_id = $1
		)
		update enrollments set step = 'b', seq = seq + 1, visit_count = visit_count + 1, visited = with_visit(visited, 'b'),
			waiting_for = 'handover', due_at = null
		where contact_id = $1`,
		[clinic.idOf(ann), new Date(clinic.clock.now())]
	);
	await batch.query('commit');
	batch.release();
	expect(await moving).toMatchObject({ stayed: 0, moved: 1 });
	expect(await placeOf(ann)).toBe('2 c waiting time');
	await expectOneStory(clinic.pool);
});

test('of two publishes at once each is a version, and everybody is on the last', async () => {
	await publish({ a: wait() }, ['go -> a']);
	await enter(ann, bob);
	await clinic.draft(slug, journey({ a: wait(), b: wait() }, ['go -> a', 'a -> b']));
	const both = await Promise.all(
		[1, 2].map(() => publishJourney(clinic.app, slug, null, { people: move() }))
	);
	expect(both.map(({ number }) => number).toSorted()).toEqual([2, 3]);
	expect([await placeOf(ann), await placeOf(bob)]).toEqual(['3 a waiting time', '3 a waiting time']);
	await expectOneStory(clinic.pool);
});

// Seven steps that each wait a day, of which a version has some, in any order, some as another kind.
const drawn = fc.uniqueArray(
	fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), awaits: fc.boolean() }),
	{ minLength: 1, maxLength: 6, selector: ({ id }) => id }
);
const version = (steps: { id: string; awaits: boolean }[]) =>
	journey(
		Object.fromEntries(steps.map(({ id, awaits }) => [id, awaits ? answer(`never.${n}`, 'P1D') : wait()])),
		steps.map(({ id }, at) => {
			const before = steps[at - 1];
			return `${before ? `${before.id}${before.awaits ? '.timeout' : ''}` : 'go'} -> ${id}`;
		})
	);

test('the preview says what then happens, whoever stands where', { timeout: 120_000 }, async () => {
	let runs = 0;
	await fc.assert(
		fc.asyncProperty(
			fc.array(drawn, { minLength: 2, maxLength: 3 }),
			drawn,
			fc.array(fc.nat({ max: 4 }), { minLength: 3, maxLength: 8 }),
			fc.infiniteStream(fc.boolean()),
			fc.boolean(),
			async (olds, newest, comers, ends, leavesOne) => {
				slug = `any-${++n}-${++runs}`;
				let people = 0;
				for (const [at, old] of olds.entries()) {
					if (at === 0) await clinic.publish(slug, version(old));
					else await clinic.republish(slug, version(old), { choice: 'finish' });
					for (const some of comers) {
						const names = Array.from({ length: some }, () => `any${n}-${++people}`);
						await clinic.contacts(...names.map((id) => ({ id })));
						await clinic.tell(names, `go.${n}`);
						await clinic.pass(DAY);
					}
				}
				// Some were admitted and have not begun.
				if (leavesOne) {
					await clinic.contacts({ id: `last${n}` });
					await clinic.tell(`last${n}`, `go.${n}`);
					await clinic.route();
				}
				const next = version(newest);
				await clinic.draft(slug, next);
				const preview = await previewMove(clinic.app, slug);
				const gone = preview.lost.filter(({ is }) => is === 'gone').map(({ step }) => step.id);
				const chosen = gone.map(
					(id) => [id, ends.next().value ? 'exit' : { step: newest[0]?.id ?? '' }] as const
				);
				const exits = new Set(chosen.flatMap(([id, to]) => (to === 'exit' ? [id] : [])));
				const outcome = await clinic.republish(slug, next, move(Object.fromEntries(chosen)));
				const sum = (of: (each: (typeof preview.lost)[number]) => boolean) =>
					preview.lost.filter(of).reduce((all, { people: some }) => all + some, 0);
				const { people: became } = outcome;
				if (became.choice !== 'move') throw new Error('They were to be moved.');
				const { stayed, moved, ended, stopped } = became;
				expect({ stayed, ended, moved: moved + stopped }).toEqual({
					stayed: preview.stay,
					ended: sum(({ step }) => exits.has(step.id)),
					moved: sum(({ step }) => !exits.has(step.id))
				});
				expect(preview.inside).toBe(preview.stay + sum(() => true));
				expect(
					await clinic.count(
						'enrollments e join journeys j on j.id = e.journey_id where j.slug = $1 and e.ended_at is null and e.version_id <> j.live_version_id',
						[slug]
					)
				).toBe(0);
				await expectOneStory(clinic.pool);
				await clinic.settle();
				await expectOneStory(clinic.pool);
			}
		),
		{ numRuns: 12 }
	);
});
