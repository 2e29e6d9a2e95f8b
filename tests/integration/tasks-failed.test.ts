import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { expectOneStory } from '../support/audit.ts';
import { auditReader, type AuditTold } from '../support/call-as.ts';
import { Clinic, DAY, draw, email, HOUR } from '../support/journey.ts';
import { addMember, type TeamMember } from '../support/team.ts';

let clinic: Clinic;
let owner: TeamMember;
let manager: TeamMember;
let audited: () => Promise<AuditTold[]>;
let n = 0;
let person = '';

beforeAll(async () => {
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	owner = await addMember(clinic.app, 'Olga', 'owner');
	manager = await addMember(clinic.app, 'Mia', 'manager');
	await clinic.publish(
		'care',
		draw(
			{
				come: ['trigger.transactional', { event: 'go' }],
				answer: ['wait.event', { event: 'answered', timeout: 'P1D' }],
				mail: email(),
				rest: ['wait.for', { duration: 'P1D' }],
				silent: ['exit', { reason: 'silent' }]
			},
			['come -> answer', 'answer.happened -> mail', 'answer.timeout -> silent', 'mail -> rest'],
			{ reentry: { when: 'afterExit' } }
		)
	);
	await clinic.publish(
		'looks',
		draw(
			{
				come: ['trigger.transactional', { event: 'look' }],
				look: ['wait.approval', { by: 'owner', ask: 'Well?', timeout: 'P1D' }],
				yes: ['exit', { reason: 'yes' }],
				no: ['exit', { reason: 'no' }]
			},
			['come -> look', 'look.approved -> yes', 'look.declined -> no']
		)
	);
	audited = auditReader(clinic.app);
});
afterAll(() => clinic.close());
beforeEach(async () => {
	person = `f${++n}`;
	await clinic.contacts({ id: person, name: 'Ann Example', email: `${person}@example.test` });
});

const enrollmentOf = async () =>
	(
		await clinic.one<{ id: number }>('select id from enrollments where contact_id = $1 order by id limit 1', [
			clinic.idOf(person)
		])
	).id;

const BROKEN = 'internal error (23514)';

const whileBroken = (work: () => Promise<void>) => clinic.whileBroken(person, work);

test('a failed journey is a task; mended and tried again, it goes on where it stood, and the numbers equal the visits', async () => {
	await clinic.tell(person, 'go');
	await clinic.settle();
	clinic.clock.advance(HOUR);
	await clinic.tell(person, 'answered');
	await clinic.route();
	const before = await clinic.counts();
	await whileBroken(async () => void (await clinic.pump()));
	expect(await clinic.states(person)).toEqual({ [`failed ${BROKEN}`]: 1 });
	expect(await clinic.counts('dropped%')).toEqual({ [`answer dropped:${BROKEN}`]: 1 });
	await expectOneStory(clinic.pool);
	const id = await enrollmentOf();
	const { kinds } = await owner.api.tasks.list({});
	expect(kinds[0]?.tasks[0]).toMatchObject({
		kind: 'failed-enrollment',
		key: String(id),
		journey: { slug: 'care' },
		retryable: true
	});
	expect(await manager.api.tasks.count()).toBe(0);
	clinic.clock.advance(2 * DAY);
	await audited();
	await owner.api.tasks.retry({ id });
	expect(await audited()).toMatchObject([
		{ action: 'enrollment.retry', subject: [String(clinic.idOf(person))], details: { enrollment: id } }
	]);
	const taken = Object.entries(await clinic.counts()).filter(([, count]) => count !== 0);
	expect(Object.fromEntries(taken)).toEqual(before);
	await clinic.settle();
	// The event that woke it is not forgotten, though its time has passed since.
	expect((await clinic.path(person)).map((visit) => visit.split(' ').slice(0, 2).join(' '))).toEqual([
		'come next',
		'answer happened',
		'mail next',
		'rest ·'
	]);
	expect(await clinic.count('messages where contact_id = $1', [clinic.idOf(person)])).toBe(1);
	expect(await owner.api.tasks.count()).toBe(0);
	await expectOneStory(clinic.pool);
});

test('one that failed at the door enters as if for the first time', async () => {
	await clinic.tell(person, 'go');
	await clinic.route();
	await whileBroken(async () => void (await clinic.pump()));
	expect(await clinic.states(person)).toEqual({ [`failed ${BROKEN}`]: 1 });
	await owner.api.tasks.retry({ id: await enrollmentOf() });
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ waiting: 1 });
	expect((await clinic.path(person))[0]).toMatch(/^come next /);
	await expectOneStory(clinic.pool);
});

test('one that fails again is a task again', async () => {
	await clinic.tell(person, 'go');
	await clinic.route();
	await whileBroken(async () => {
		await clinic.pump();
		await owner.api.tasks.retry({ id: await enrollmentOf() });
		expect(await owner.api.tasks.count()).toBe(0);
		await clinic.pump();
		expect(await owner.api.tasks.count()).toBe(1);
	});
	await owner.api.tasks.retry({ id: await enrollmentOf() });
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ waiting: 1 });
	await expectOneStory(clinic.pool);
});

test('an answer that a failure swallowed is not asked for again', async () => {
	await clinic.tell(person, 'look');
	await clinic.settle();
	clinic.clock.advance(1);
	const { id } = await clinic.one<{ id: number }>('select max(id) as id from approvals');
	await owner.api.tasks.answer({ id, answer: 'declined' });
	await clinic.route();
	await whileBroken(async () => void (await clinic.pump()));
	await owner.api.tasks.retry({ id: await enrollmentOf() });
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited no': 1 });
	await expectOneStory(clinic.pool);
});

test('ended, it stays failed and counted, and nobody is asked again', async () => {
	await clinic.tell(person, 'go');
	await clinic.route();
	await whileBroken(async () => void (await clinic.pump()));
	const id = await enrollmentOf();
	await owner.api.tasks.end({ id });
	expect(await owner.api.tasks.count()).toBe(0);
	await expect(owner.api.tasks.end({ id })).rejects.toThrow('already');
	await expect(owner.api.tasks.retry({ id })).rejects.toThrow('already');
	expect(await clinic.states(person)).toEqual({ [`failed ${BROKEN}`]: 1 });
	await expectOneStory(clinic.pool);
});

test('of two who try again at once one does', async () => {
	await clinic.tell(person, 'go');
	await clinic.route();
	await whileBroken(async () => void (await clinic.pump()));
	const id = await enrollmentOf();
	const tries = await Promise.allSettled([owner.api.tasks.retry({ id }), owner.api.tasks.retry({ id })]);
	expect(tries.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
	await clinic.settle();
	await expectOneStory(clinic.pool);
});

test('nobody is in a journey twice by a second try', async () => {
	await clinic.tell(person, 'go');
	await clinic.route();
	await whileBroken(async () => void (await clinic.pump()));
	const id = await enrollmentOf();
	clinic.clock.advance(HOUR);
	await clinic.tell(person, 'go');
	await clinic.settle();
	await expect(owner.api.tasks.retry({ id })).rejects.toThrow('entered the journey again');
	expect(await clinic.states(person)).toEqual({ [`failed ${BROKEN}`]: 1, waiting: 1 });
});

test('a step that PostgreSQL itself refuses to write fails alone, and can be tried again once that is mended', async () => {
	await clinic.tell(person, 'go');
	await clinic.route();
	await clinic.pool.query(
		`alter table step_paths add constraint poison check (contact_id <> ${clinic.idOf(person)}) not valid`
	);
	await clinic.pump();
	expect(Object.keys(await clinic.states(person))[0]).toMatch(/^failed internal error/);
	await clinic.pool.query('alter table step_paths drop constraint poison');
	await owner.api.tasks.retry({ id: await enrollmentOf() });
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ waiting: 1 });
	await expectOneStory(clinic.pool);
});
