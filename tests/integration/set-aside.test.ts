// What can't be routed or let in waits for somebody, is shown, and is tried again: each once, in its order, however often.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { admitDue } from '../../src/lib/runtime/admit-planned.ts';
import { routeBatch } from '../../src/lib/runtime/route.ts';
import { listAuditAfter } from '../../src/lib/server/audit/find.ts';
import { ingestOf } from '../../src/lib/server/ingest/ingest.ts';
import { archiveJourney, pauseJourney, resumeJourney } from '../../src/lib/server/journeys/pause.ts';
import { erasePerson } from '../../src/lib/server/people/erase.ts';
import { systemEntries } from '../../src/lib/server/audit/call.ts';
import { expectOneStory } from '../support/audit.ts';
import { callAs } from '../support/call-as.ts';
import { Clinic, DAY, draw, email, HOUR, MINUTE } from '../support/journey.ts';
import { addMember, type TeamMember } from '../support/team.ts';

let clinic: Clinic;
let operator: TeamMember;
let api: TeamMember['api']['operations'];
let person = '';
let n = 0;

beforeAll(async () => {
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	clinic.app.dataFolder = mkdtempSync(join(tmpdir(), 'stepwell-aside-'));
	operator = await addMember(clinic.app, 'Otto', 'operator');
	api = operator.api.operations;
	await clinic.attribute('visit', 'date', true);
	await clinic.publish(
		'lab',
		draw(
			{
				come: ['trigger.transactional', { event: 'lab.ready', key: 'test' }],
				rest: ['wait.event', { event: 'lab.read', timeout: 'P7D' }],
				mail: email()
			},
			['come -> rest', 'rest.happened -> mail', 'rest.timeout -> mail'],
			{ reentry: { when: 'always' } }
		)
	);
	await clinic.publish(
		'visits',
		draw(
			{
				come: ['trigger.time', { date: 'visit', offset: '-P1D', at: '09:00', repeat: 'once' }],
				mail: email()
			},
			['come -> mail']
		)
	);
});
afterAll(async () => {
	await ingestOf(clinic.app).close();
	rmSync(clinic.app.dataFolder, { recursive: true });
	await clinic.close();
});
beforeEach(async () => {
	await clinic.pool.query('delete from set_aside');
	person = `a${++n}`;
	await clinic.contacts({ id: person, name: 'Canary Example', email: `${person}@canary.example` });
});

const flip = (table: string, column: string, where: string) =>
	clinic.pool.query(
		`update ${table} set ${column} = set_byte(${column}, length(${column}) - 1, get_byte(${column}, length(${column}) - 1) # 1) where ${where}`
	);
const flipPerson = (id = person) => flip('contacts', 'sealed', `id = ${clinic.idOf(id)}`);

async function entriesOf(work: () => Promise<unknown>) {
	const { end } = await clinic.one<{ end: number | null }>('select max(id) as end from audit_log');
	await work();
	return listAuditAfter(clinic.pool, end ?? 0, 100);
}

const entries = (id = person) =>
	clinic.rows<{ entry_event_id: number | null; at: Date; slug: string }>(
		`select e.entry_event_id, e.entered_at as at, j.slug from enrollments e join journeys j on j.id = e.journey_id
		 where contact_id = $1 order by e.id`,
		[clinic.idOf(id)]
	);

const asideOf = async (id = person) =>
	(await api.setAside()).rows.filter(({ contact }) => contact === clinic.idOf(id));

test('a lab result of somebody who can’t be read waits, is shown by number, and lets them in once when it is tried again', async () => {
	await flipPerson();
	const [event = 0] = await clinic.tell(person, 'lab.ready', { properties: { test: 'x', result: 'canary' } });
	const told: unknown[] = [];
	await routeBatch(clinic.app, clinic.clock.now(), (aside) => told.push(aside));
	expect(told).toEqual([{ kind: 'event', id: event, reason: 'person-unreadable' }]);
	expect(await clinic.count('event_queue')).toBe(0);

	const list = await api.setAside();
	const [row] = list.rows;
	expect(list).toMatchObject({
		total: 1,
		groups: [{ reason: 'person-unreadable', count: 1 }],
		rows: [{ kind: 'event', event: 'lab.ready', journey: null, contact: clinic.idOf(person), tries: 1 }]
	});
	const state = await api.state();
	expect(state.verdict.findings).toContainEqual(
		expect.objectContaining({ code: 'set-aside', level: 'wrong', title: '1 event or entry is set aside' })
	);
	expect(JSON.stringify([list, state])).not.toMatch(/canary/i);

	// Not mended: it comes back, with one try more.
	expect(await api.retryAside({ id: row?.id ?? 0 })).toEqual({ retried: 1, refused: [], next: null });
	expect((await api.setAside()).total).toBe(0);
	await clinic.settle();
	const [again] = (await api.setAside()).rows;
	expect(again).toMatchObject({ tries: 2 });

	await flipPerson();
	clinic.clock.advance(2 * DAY);
	const [entry, ...more] = await entriesOf(() => api.retryAside({ id: again?.id ?? 0 }));
	expect(more).toEqual([]);
	expect(entry).toMatchObject({
		actorName: 'Otto',
		action: 'aside.retry',
		subjectIds: [String(clinic.idOf(person))],
		details: { setAside: again?.id, retried: 1 }
	});
	// The page does not say that events wait for two days.
	expect((await api.state()).events).toMatchObject({ waiting: 1, waitS: 0 });
	await clinic.settle();
	expect(await entries()).toEqual([{ entry_event_id: event, at: new Date(clinic.clock.now()), slug: 'lab' }]);
	expect(await clinic.states(person)).toEqual({ waiting: 1 });
	expect((await api.setAside()).total).toBe(0);
	await expectOneStory(clinic.pool);
});

test('two who press at once try it once, and who comes late is told so', async () => {
	await flipPerson();
	await clinic.tell(person, 'lab.ready', { properties: { test: 'x' } });
	await clinic.settle();
	await flipPerson();
	const [row] = (await api.setAside()).rows;
	const id = row?.id ?? 0;
	const both = await Promise.all([
		api.retryAside({ id }),
		api.retryAside({ id }),
		api.retryAside({ reason: 'person-unreadable' })
	]);
	expect(both.reduce((sum, { retried }) => sum + retried, 0)).toBe(1);
	expect(
		await entriesOf(async () => {
			expect(await api.retryAside({ id })).toEqual({
				retried: 0,
				refused: [{ count: 1, why: 'over, or tried again meanwhile' }],
				next: null
			});
		})
	).toEqual([]);
	await clinic.settle();
	expect(await entries()).toHaveLength(1);
});

test('older events of the person go along, in their order; what came after and was routed stands', async () => {
	await flipPerson();
	const [first = 0] = await clinic.tell(person, 'lab.ready', { properties: { test: '1' } });
	const [second = 0] = await clinic.tell(person, 'lab.ready', { properties: { test: '2' } });
	const [third = 0] = await clinic.tell(person, 'lab.ready', { properties: { test: '3' } });
	await clinic.settle();
	await flipPerson();
	clinic.clock.advance(MINUTE);
	const [fourth = 0] = await clinic.tell(person, 'lab.ready', { properties: { test: '4' } });
	await clinic.settle();
	expect((await entries()).map((each) => each.entry_event_id)).toEqual([fourth]);

	const rows = (await api.setAside()).rows;
	expect(rows.map((row) => row.event)).toEqual(['lab.ready', 'lab.ready', 'lab.ready']);
	expect(await api.retryAside({ id: rows[1]?.id ?? 0 })).toMatchObject({ retried: 2 });
	await clinic.settle();
	expect((await entries()).map((each) => each.entry_event_id)).toEqual([fourth, first, second]);
	expect(await clinic.count('set_aside where event_id = $1', [third])).toBe(1);
	await expectOneStory(clinic.pool);
});

test('one that is tried again wakes who waited when it came, and ends no wait that began after it', async () => {
	await clinic.tell(person, 'lab.ready', { properties: { test: '1' } });
	await clinic.settle();
	clinic.clock.advance(MINUTE);
	await flipPerson();
	await clinic.tell(person, 'lab.read');
	await clinic.settle();
	await flipPerson();
	clinic.clock.advance(MINUTE);
	await clinic.tell(person, 'lab.ready', { properties: { test: '2' } });
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ waiting: 2 });
	const [row] = (await api.setAside()).rows;
	await api.retryAside({ id: row?.id ?? 0 });
	await clinic.settle();
	expect(
		await clinic.rows(`select state from enrollments where contact_id = $1 order by id`, [
			clinic.idOf(person)
		])
	).toEqual([{ state: 'completed' }, { state: 'waiting' }]);
	await expectOneStory(clinic.pool);
});

test('all with a reason are tried a hundred at a time, and those that fail again are not taken twice', async () => {
	const ids = Array.from({ length: 130 }, (_, at) => `${person}-${at}`);
	await clinic.contacts(...ids.map((id) => ({ id, name: 'Canary', email: `${id}@canary.example` })));
	for (const id of ids) await flipPerson(id);
	await clinic.tell(ids, 'lab.ready', { properties: { test: 'x' } });
	await clinic.settle();
	const reason = 'person-unreadable';
	expect(await api.setAside()).toMatchObject({ total: 130, groups: [{ reason, count: 130 }] });
	for (const id of ids.slice(5)) await flipPerson(id);
	const audited = await entriesOf(async () => {
		const first = await api.retryAside({ reason });
		expect(first).toMatchObject({ retried: 100, refused: [] });
		await clinic.settle();
		expect(await api.retryAside({ reason, after: first.next ?? 0 })).toEqual({
			retried: 30,
			refused: [],
			next: null
		});
	});
	expect(audited.map(({ details }) => details)).toEqual([
		{ reason, retried: 100 },
		{ reason, retried: 30 }
	]);
	await clinic.settle();
	expect((await api.setAside()).rows.map(({ tries }) => tries)).toEqual([2, 2, 2, 2, 2]);
	expect(
		await clinic.count('enrollments where contact_id = any($1)', [ids.map((id) => clinic.idOf(id))])
	).toBe(125);
	await expectOneStory(clinic.pool);
});

test('an event that a pause held goes back to its journey alone', async () => {
	await pauseJourney(clinic.app, 'lab');
	const [event = 0] = await clinic.tell(person, 'lab.ready', { properties: { test: 'x' } });
	await clinic.settle();
	await flipPerson();
	await resumeJourney(clinic.app, 'lab');
	await clinic.settle();
	expect((await api.setAside()).rows).toMatchObject([{ journey: { slug: 'lab' }, event: 'lab.ready' }]);
	await flipPerson();
	const [row] = (await api.setAside()).rows;
	await api.retryAside({ id: row?.id ?? 0 });
	expect(await clinic.count('held_events where event_id = $1', [event])).toBe(1);
	await clinic.settle();
	expect(await entries()).toMatchObject([{ entry_event_id: event }]);
});

test('a deferred entry whose payload was changed keeps its row, and comes in when it is tried again', async () => {
	await clinic.publish(
		'warm',
		draw(
			{
				come: ['trigger.transactional', { event: 'warm.came', limit: { contacts: 1, per: 'PT1H' } }],
				mail: email()
			},
			['come -> mail'],
			{ reentry: { when: 'always' } }
		)
	);
	await clinic.tell([person, person], 'warm.came', { properties: { test: 'x' } });
	await clinic.settle();
	await flip('deferred_entries', 'payload_sealed', 'true');
	await clinic.pass(2 * HOUR);
	const [row] = (await api.setAside()).rows;
	expect(row).toMatchObject({ kind: 'deferred', reason: 'entry-unreadable', journey: { slug: 'warm' } });
	expect(await clinic.count('deferred_entries where due_at is null')).toBe(1);
	await flip('deferred_entries', 'payload_sealed', 'true');
	await api.retryAside({ id: row?.id ?? 0 });
	await clinic.settle();
	expect((await entries()).map(({ at }) => at.getTime())).toEqual([
		clinic.clock.now() - 2 * HOUR,
		clinic.clock.now()
	]);
	expect(await clinic.count('deferred_entries')).toBe(0);
	expect(await clinic.count('set_aside')).toBe(0);
});

test('a deferred entry of somebody who can’t be read waits, until the journey is archived', async () => {
	await clinic.publish(
		'over',
		draw(
			{
				come: ['trigger.transactional', { event: 'over.came', limit: { contacts: 1, per: 'PT1H' } }],
				mail: email()
			},
			['come -> mail'],
			{ reentry: { when: 'always' } }
		)
	);
	await clinic.tell([person, person], 'over.came');
	await clinic.settle();
	await flipPerson();
	await clinic.pass(2 * HOUR);
	expect(await asideOf()).toMatchObject([
		{ kind: 'deferred', reason: 'person-unreadable', journey: { slug: 'over' } }
	]);
	await archiveJourney(clinic.app, 'over');
	expect(await asideOf()).toEqual([]);
	expect(await clinic.count('deferred_entries')).toBe(0);
});

test('an entry by date of somebody who can’t be read waits; while its journey is paused it is not tried', async () => {
	await clinic.contacts({ id: person, attributes: { visit: '2026-07-02' } });
	await clinic.contacts({
		id: `${person}-b`,
		email: 'b@canary.example',
		attributes: { visit: '2026-07-02' }
	});
	await flipPerson();
	await clinic.passTo('2026-07-01T10:00:00Z');
	expect(await entries(`${person}-b`)).toHaveLength(1);
	const [row] = (await api.setAside()).rows;
	expect(row).toMatchObject({ kind: 'planned', reason: 'person-unreadable', journey: { slug: 'visits' } });
	await flipPerson();
	await pauseJourney(clinic.app, 'visits');
	expect(await api.retryAside({ id: row?.id ?? 0 })).toMatchObject({
		retried: 0,
		refused: [{ count: 1, why: 'for a journey that is paused: resume it first' }]
	});
	await resumeJourney(clinic.app, 'visits');
	expect(await api.retryAside({ id: row?.id ?? 0 })).toMatchObject({ retried: 1 });
	await clinic.settle();
	expect(await entries()).toEqual([
		{ entry_event_id: null, at: new Date(clinic.clock.now()), slug: 'visits' }
	]);
	await expectOneStory(clinic.pool);
});

test('a run leaves nobody out for good: whom it could not ask is asked when it is tried again', async () => {
	const at = new Date(clinic.clock.now() + HOUR).toISOString();
	await clinic.publish(
		'once',
		draw(
			{
				come: ['trigger.time', { at, audience: { attribute: 'firstName', op: 'missing' } }],
				mail: email()
			},
			['come -> mail']
		)
	);
	await flipPerson();
	await clinic.pass(2 * HOUR);
	expect(await entries()).toEqual([]);
	const [row] = await asideOf();
	expect(row).toMatchObject({ kind: 'planned', journey: { slug: 'once' } });
	await flipPerson();
	await api.retryAside({ id: row?.id ?? 0 });
	await clinic.settle();
	expect(await entries()).toMatchObject([{ slug: 'once' }]);
	expect(await asideOf()).toEqual([]);
	await expectOneStory(clinic.pool);
});

test('somebody of whom a fact can’t be opened holds up nobody’s entry by date', async () => {
	await clinic.publish(
		'asked',
		draw(
			{
				come: [
					'trigger.time',
					{
						date: 'visit',
						offset: '-P1D',
						at: '09:00',
						repeat: 'once',
						audience: {
							event: { name: 'asked.told', where: [{ property: 'n', op: '=', value: 1 }] }
						}
					}
				],
				mail: email()
			},
			['come -> mail']
		)
	);
	const other = `${person}-b`;
	await clinic.contacts({ id: other, email: 'b@canary.example' });
	const [event = 0] = await clinic.tell(person, 'asked.told', { properties: { n: 1 } });
	await clinic.tell(other, 'asked.told', { properties: { n: 1 } });
	await clinic.settle();
	for (const id of [person, other]) await clinic.contacts({ id, attributes: { visit: '2026-09-02' } });
	await flip('events', 'sealed', `id = ${event}`);
	await clinic.passTo('2026-09-01T10:00:00Z');
	expect((await entries(other)).map(({ slug }) => slug)).toContain('asked');
	const slugs = (await asideOf()).map(({ journey }) => journey?.slug);
	expect(slugs.toSorted()).toEqual(['asked', 'visits']);
	expect(await asideOf(other)).toEqual([]);
});

test('deleting the person leaves nothing of theirs set aside', async () => {
	await flipPerson();
	await clinic.tell(person, 'lab.ready', { properties: { test: 'x' } });
	await clinic.settle();
	expect(await clinic.count('set_aside')).toBe(1);
	await erasePerson(clinic.app, { id: clinic.idOf(person), by: null }, () =>
		systemEntries(
			'restore',
			clinic.clock
		)({
			action: 'contact.erase',
			subject: { kind: 'contact', ids: [String(clinic.idOf(person))] }
		})
	);
	expect(await clinic.count('set_aside')).toBe(0);
});

test('an event that is no longer kept is said to be gone', async () => {
	await flipPerson();
	const [event = 0] = await clinic.tell(person, 'lab.ready', { properties: { test: 'x' } });
	await clinic.settle();
	await clinic.pool.query('delete from events where id = $1', [event]);
	const [row] = (await api.setAside()).rows;
	expect(row).toMatchObject({ event: null });
	expect(await api.retryAside({ id: row?.id ?? 0 })).toEqual({
		retried: 0,
		refused: [{ count: 1, why: 'no longer kept' }],
		next: null
	});
	expect(await clinic.count('set_aside')).toBe(0);
	expect(await clinic.count('event_queue')).toBe(0);
});

test('routers and retries at once: each event is routed once', async () => {
	const ids = Array.from({ length: 40 }, (_, at) => `${person}-${at}`);
	await clinic.contacts(...ids.map((id) => ({ id, email: `${id}@canary.example` })));
	for (const id of ids) await flipPerson(id);
	await clinic.tell(ids, 'lab.ready', { properties: { test: 'x' } });
	await Promise.all([clinic.route(), clinic.route(), clinic.route()]);
	await clinic.settle();
	expect(await clinic.count('set_aside')).toBe(40);
	for (const id of ids) await flipPerson(id);
	const reason = 'person-unreadable';
	await Promise.all([
		api.retryAside({ reason }),
		api.retryAside({ reason }),
		clinic.route(),
		admitDue(clinic.app, clinic.clock.now())
	]);
	await clinic.settle();
	expect(
		await clinic.count('enrollments where contact_id = any($1)', [ids.map((id) => clinic.idOf(id))])
	).toBe(40);
	expect(await clinic.count('set_aside')).toBe(0);
	await expectOneStory(clinic.pool);
});

test('whoever does not run it is refused', async () => {
	for (const role of ['marketer', 'manager', 'integrator'] as const) {
		await expect(callAs(clinic.app, role).operations.setAside()).rejects.toThrow('operations.read');
		await expect(callAs(clinic.app, role).operations.retryAside({ id: 1 })).rejects.toThrow(
			'operations.retry'
		);
	}
});
