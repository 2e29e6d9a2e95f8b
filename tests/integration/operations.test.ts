import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Logger, runOnce } from 'graphile-worker';
import { listAuditAfter } from '../../src/lib/server/audit/find.ts';
import { ingestOf } from '../../src/lib/server/ingest/ingest.ts';
import { expectOneStory } from '../support/audit.ts';
import { callAs } from '../support/call-as.ts';
import { Clinic, draw, email, MINUTE } from '../support/journey.ts';
import { addMember, type TeamMember } from '../support/team.ts';

let clinic: Clinic;
let operator: TeamMember;
let marketer: TeamMember;
let api: TeamMember['api']['operations'];
let person = '';
let n = 0;

const old = ['decide.if', { where: { attribute: 'age', op: '>=', value: 80 } }] as const;
const care = draw(
	{
		come: ['trigger.transactional', { event: 'go' }],
		old,
		rest: ['wait.for', { duration: 'P1D' }, { label: 'Let it rest' }],
		mail: email({ purpose: 'treatment' })
	},
	['come -> old', 'old.yes -> rest', 'old.no -> rest', 'rest -> mail'],
	{ reentry: { when: 'afterExit' } }
);

beforeAll(async () => {
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	clinic.app.dataFolder = mkdtempSync(join(tmpdir(), 'stepwell-operations-'));
	operator = await addMember(clinic.app, 'Otto', 'operator');
	marketer = await addMember(clinic.app, 'Mara', 'marketer');
	api = operator.api.operations;
	await clinic.attribute('age', 'number', true);
	await clinic.publish('care', care);
	await clinic.publish(
		'news',
		draw(
			{ come: ['trigger.transactional', { event: 'news' }], old, mail: email() },
			['come -> old', 'old.no -> mail'],
			{
				reentry: { when: 'always' }
			}
		)
	);
});
afterAll(async () => {
	await ingestOf(clinic.app).close();
	rmSync(clinic.app.dataFolder, { recursive: true });
	await clinic.close();
});
beforeEach(async () => {
	await clinic.pool.query('delete from failures');
	await clinic.pool.query(`delete from event_queue`);
	await clinic.pool.query(`select graphile_worker.complete_jobs(array(select id from graphile_worker.jobs))`);
	person = `o${++n}`;
	await clinic.contacts({ id: person, name: 'Canary Example', email: `${person}@canary.example` });
});

/** Nothing sealed of these people can be opened while `work` goes on, so whatever asks about them fails. */
async function whileUnreadable(people: readonly string[], work: () => Promise<void>): Promise<void> {
	const ids = people.map((id) => clinic.idOf(id));
	const flip = `update contacts set sealed = set_byte(sealed, length(sealed) - 1, get_byte(sealed, length(sealed) - 1) # 1) where id = any($1)`;
	await clinic.pool.query(flip, [ids]);
	await work();
	await clinic.pool.query(flip, [ids]);
}

async function stop(people: readonly string[], event = 'go'): Promise<void> {
	for (const id of people) await clinic.tell(id, event);
	await clinic.route();
	await whileUnreadable(people, async () => void (await clinic.pump()));
}

async function crowd(count: number): Promise<string[]> {
	const ids = Array.from({ length: count }, (_, at) => `${person}-${at}`);
	await clinic.contacts(...ids.map((id) => ({ id, name: 'Canary', email: `${id}@canary.example` })));
	return ids;
}

const enrollmentsOf = async (id: string) =>
	(
		await clinic.rows<{ id: number }>('select id from enrollments where contact_id = $1 order by id', [
			clinic.idOf(id)
		])
	).map((row) => row.id);

async function entriesOf(work: () => Promise<unknown>) {
	const { end } = await clinic.one<{ end: number | null }>('select max(id) as end from audit_log');
	await work();
	return listAuditAfter(clinic.pool, end ?? 0, 100);
}

test('stopped people are grouped by journey, step and error, and told by number only', async () => {
	const people = await crowd(22);
	await stop(people);
	await stop([person], 'news');
	const { groups, total } = await api.failures();
	expect(total).toBe(2);
	expect(groups).toContainEqual({
		journey: { slug: 'care', name: 'care' },
		step: 'come',
		stepTitle: 'Business event',
		reason: 'seal.tampered',
		reasonWords: 'What is kept about this person was changed, and can’t be opened',
		people: 22,
		retryable: 22,
		newestAt: '2026-03-02T12:00:00.000Z'
	});
	const which = { journey: 'care', step: 'come', reason: 'seal.tampered' };
	const first = await api.failedEnrollments(which);
	const second = await api.failedEnrollments({ ...which, before: first.next });
	expect([first.rows.length, second.rows.length, second.next]).toEqual([20, 2, null]);
	expect(new Set([...first.rows, ...second.rows].map(({ contact }) => contact))).toEqual(
		new Set(people.map((id) => clinic.idOf(id)))
	);
	expect(await api.failedEnrollments({ ...which, reason: 'step-missing' })).toEqual({ rows: [], next: null });
	const state = await api.state();
	expect(state.verdict.findings).toContainEqual(
		expect.objectContaining({ code: 'stopped-people', title: '23 people are stopped by an error' })
	);
	expect(JSON.stringify([groups, first, second, state])).not.toMatch(/canary/i);
});

test('one is tried again, goes on, and is recorded; a second try finds nothing', async () => {
	await stop([person]);
	const [id = 0] = await enrollmentsOf(person);
	const [entry, ...more] = await entriesOf(async () => {
		expect(await api.retry({ enrollment: id })).toEqual({ retried: 1, refused: [], next: null });
	});
	expect(more).toEqual([]);
	expect(entry).toMatchObject({
		actorName: 'Otto',
		action: 'enrollment.retry',
		subjectIds: [String(clinic.idOf(person))],
		details: { enrollment: id, journey: 'care', retried: 1 }
	});
	expect(
		await entriesOf(async () => {
			expect(await api.retry({ enrollment: id })).toMatchObject({
				retried: 0,
				refused: [{ count: 1, why: 'were looked after already' }]
			});
		})
	).toEqual([]);
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ waiting: 1 });
	await expectOneStory(clinic.pool);
});

test('a group is tried again a hundred at a time, with one entry each, and whoever can’t be is counted by why', async () => {
	const people = await crowd(130);
	await stop(people);
	const ids = await Promise.all(people.map(async (id) => (await enrollmentsOf(id))[0] ?? 0));
	await clinic.pool.query('update failures set was = null where enrollment_id = any($1)', [ids.slice(0, 3)]);
	// One more came back by itself meanwhile.
	await clinic.tell(people[5] ?? '', 'go');
	await clinic.settle();
	await clinic.pool.query(
		`insert into task_notes (kind, key, due_at) values ('failed-enrollment', $1, now())`,
		[String(ids[9])]
	);
	const which = { journey: 'care', step: 'come', reason: 'seal.tampered' };
	const entries = await entriesOf(async () => {
		const first = await api.retry(which);
		expect(first).toEqual({
			retried: 96,
			refused: expect.arrayContaining([
				{ count: 3, why: 'failed in an older version, which did not keep how they stood' },
				{ count: 1, why: 'entered the journey again meanwhile, and must not be in it twice' }
			]) as unknown,
			next: ids.toSorted((a, b) => a - b)[99]
		});
		expect(await api.retry({ ...which, after: first.next ?? 0 })).toEqual({
			retried: 30,
			refused: [],
			next: null
		});
	});
	expect(entries.map(({ details, subjectIds }) => [subjectIds.length, details])).toEqual([
		[96, { ...which, retried: 96 }],
		[30, { ...which, retried: 30 }]
	]);
	expect(await clinic.count('task_notes')).toBe(0);
	expect((await api.failures()).groups).toMatchObject([{ people: 4, retryable: 1 }]);
	await clinic.settle();
	expect(await clinic.count(`enrollments where id = any($1) and state = 'waiting'`, [ids])).toBe(126);
	await expectOneStory(clinic.pool);
});

test('of all of a journey, the same person stopped twice goes on once', async () => {
	await stop([person]);
	clinic.clock.advance(MINUTE);
	await stop([person]);
	expect(await clinic.states(person)).toEqual({ 'failed seal.tampered': 2 });
	expect(await api.retry({ journey: 'care' })).toMatchObject({ retried: 1, refused: [{ count: 1 }] });
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'failed seal.tampered': 1, waiting: 1 });
	await expectOneStory(clinic.pool);
});

test('a group is tried again while its people move elsewhere and others retry too: each once, and nobody waits for ever', async () => {
	const people = await crowd(60);
	await stop(people);
	await Promise.all([
		api.retry({ journey: 'care' }),
		api.retry({ journey: 'care' }),
		(async () => {
			for (const id of people.toReversed()) await clinic.tell(id, 'news');
			await clinic.route();
			await clinic.pump();
		})()
	]);
	await clinic.settle();
	expect(
		await clinic.count(`failures f join enrollments e on e.id = f.enrollment_id where e.state = 'failed'`)
	).toBe(0);
	await expectOneStory(clinic.pool);
});

test('those of an archived journey are not shown, and refused', async () => {
	await clinic.publish(
		'gone',
		draw({ come: ['trigger.transactional', { event: 'gone' }], old, mail: email() }, [
			'come -> old',
			'old.no -> mail'
		])
	);
	await stop([person], 'gone');
	await clinic.pool.query(`update journeys set state = 'archived' where slug = 'gone'`);
	expect(await api.failures()).toEqual({ groups: [], total: 0 });
	expect(await api.retry({ journey: 'gone' })).toEqual({
		retried: 0,
		refused: [{ count: 1, why: 'are in a journey that is archived' }],
		next: null
	});
});

async function runJobs(work: () => void): Promise<void> {
	await runOnce({
		pgPool: clinic.pool,
		taskList: { plan: async () => work() },
		logger: new Logger(() => () => {})
	});
	// What failed is written down a moment later.
	await expect.poll(() => clinic.count('graphile_worker.jobs where locked_at is not null')).toBe(0);
}

const addJob = () =>
	clinic.one<{ id: number }>(
		`select id from graphile_worker.add_job('plan', '{"version":1,"journeyId":1}', max_attempts => 1)`
	);

test('a job that was given up is told by its code, done again, and gone', async () => {
	const { id } = await addJob();
	await runJobs(() => {
		throw new Error('plan failed (53100)');
	});
	const { jobs, total } = await api.failedJobs();
	expect(total).toBe(1);
	expect(jobs).toMatchObject([
		{
			id,
			task: 'plan',
			title: 'Plan the entries of a journey',
			attempts: 1,
			code: '53100',
			reason: 'The disk is full.'
		}
	]);
	expect((await api.state()).verdict.findings.map(({ code }) => code)).toContain('failed-jobs');
	const both = await Promise.allSettled([api.retryJobs({ ids: [id] }), api.retryJobs({ ids: [id] })]);
	expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
	expect(await api.failedJobs()).toEqual({ jobs: [], total: 0 });
	let done = 0;
	await runJobs(() => void done++);
	expect(done).toBe(1);
	expect(await clinic.count('graphile_worker.jobs where id = $1', [id])).toBe(0);
});

test('an error’s text never leaves the queue: it could quote a row', async () => {
	await addJob();
	await runJobs(() => {
		throw new Error('duplicate key: (email)=(canary@canary.example)');
	});
	const told = await api.failedJobs();
	expect(told.jobs).toMatchObject([{ code: null }]);
	expect(JSON.stringify([told, await api.state()])).not.toMatch(/canary/i);
});

test('a job that waits or runs is not tried again', async () => {
	const { id } = await addJob();
	await expect(api.retryJobs({ ids: [id] })).rejects.toThrow('done meanwhile');
});

test('the state is the numbers of the tables', async () => {
	await clinic.pool.query('delete from processes');
	await clinic.pool.query(
		`insert into processes (id, role, host, pid, slot, started_at, beat_at, is_draining) values
			('a', 'all', 'clinic-1', 11, 0, now() - interval '1 hour', now(), false),
			('b', 'worker', 'clinic-2', 12, 1, now() - interval '2 hours', now() - interval '40 seconds', true)`
	);
	await clinic.tell(person, 'go');
	clinic.clock.advance(2 * MINUTE);
	const before = await api.state();
	expect(before).toMatchObject({
		at: new Date(clinic.clock.now()).toISOString(),
		zone: 'UTC',
		events: { waiting: 1, waitS: 120 },
		processes: [
			{ id: 'b', isAlive: false, isDraining: true },
			{ id: 'a', isAlive: true, isDraining: false }
		]
	});
	expect(before.processes[0]?.quietS).toBeGreaterThanOrEqual(40);
	expect(before.verdict.findings.map(({ code }) => code)).toEqual(['events-late', 'quiet-process']);

	await clinic.route();
	clinic.clock.advance(2 * MINUTE);
	expect((await api.state()).due).toEqual({ due: 1, lagS: 240, treatmentLagS: 240 });
	await clinic.settle();
	await clinic.pool.query(`update journeys set state = 'paused', paused_by = 'breaker' where slug = 'news'`);
	await clinic.pool.query(
		`insert into breakers (journey_id, tripped_at, reason, counted, total, allowed)
		 select id, now(), 'bounces', 62, 1000, 500 from journeys where slug = 'news'
		 on conflict (journey_id) do update set tripped_at = now(), reason = 'bounces', counted = 62, total = 1000, allowed = 500`
	);
	await clinic.pool.query(
		`insert into messages (enrollment_id, version_id, step, arrival, contact_id, purpose, marketing, visit_at, state)
		 select 0, j.live_version_id, 'mail', 1, $1, 'operations', false, now(), s from journeys j,
		 unnest(array['queued', 'queued', 'unknown', 'sending']) as s where j.slug = 'news'`,
		[clinic.idOf(person)]
	);
	const state = await api.state();
	expect(state.messages).toMatchObject({ queued: 0, paused: 2, unknown: 1, sending: 1 });
	expect(state.verdict.findings).toContainEqual(
		expect.objectContaining({
			code: 'breaker',
			level: 'watch',
			journey: 'news',
			title: '“news” paused itself'
		})
	);
	await clinic.pool.query(`delete from messages where enrollment_id = 0`);
});

test('whoever does not run it is refused', async () => {
	for (const role of ['marketer', 'manager', 'integrator'] as const)
		await expect(callAs(clinic.app, role).operations.state()).rejects.toThrow('operations.read');
	await expect(marketer.api.operations.retry({ journey: 'care' })).rejects.toThrow('operations.retry');
});
