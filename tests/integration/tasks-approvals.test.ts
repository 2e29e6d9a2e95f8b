import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { withoutAnswered } from '../../src/lib/runtime/approvals.ts';
import { claimDue } from '../../src/lib/runtime/claim.ts';
import { inTransaction } from '../../src/lib/server/db/db.ts';
import { archiveJourney, pauseJourney, resumeJourney } from '../../src/lib/server/journeys/pause.ts';
import { erasePerson } from '../../src/lib/server/people/erase.ts';
import { expectOneStory } from '../support/audit.ts';
import { auditReader, type AuditTold } from '../support/call-as.ts';
import { Clinic, DAY, draw, HOUR } from '../support/journey.ts';
import { addMember, type TeamMember } from '../support/team.ts';

let clinic: Clinic;
let owner: TeamMember;
let ben: TeamMember;
let mia: TeamMember;
let ivy: TeamMember;
let audited: () => Promise<AuditTold[]>;

const asks = (by: string | string[], event: string) =>
	draw(
		{
			come: ['trigger.transactional', { event }],
			look: ['wait.approval', { by, ask: 'May we write to {{ contact.firstName }}?', timeout: 'P1D' }],
			yes: ['exit', { reason: 'yes' }],
			no: ['exit', { reason: 'no' }],
			late: ['exit', { reason: 'late' }]
		},
		['come -> look', 'look.approved -> yes', 'look.declined -> no', 'look.timeout -> late'],
		{ reentry: { when: 'always' }, exitWhen: { event: { name: 'gone' } } }
	);

beforeAll(async () => {
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	await clinic.attribute('firstName', 'text', true);
	await clinic.pool.query(`update attributes set tag = 'phi' where key = 'firstName'`);
	owner = await addMember(clinic.app, 'Olga', 'owner');
	ben = await addMember(clinic.app, 'Ben', 'marketer');
	mia = await addMember(clinic.app, 'Mia', 'manager');
	ivy = await addMember(clinic.app, 'Ivy', 'integrator');
	await clinic.publish('ask', asks(['BEN@clinic.example', 'Mia'], 'go'));
	audited = auditReader(clinic.app);
});
afterAll(() => clinic.close());
afterEach(() => expectOneStory(clinic.pool));

let n = 0;
let person = '';
beforeEach(async () => {
	person = `a${++n}`;
	await clinic.contacts({
		id: person,
		name: 'Ann Example',
		email: `${person}@example.test`,
		attributes: { firstName: 'Annabelle' }
	});
	await clinic.pool.query('delete from task_notes');
});

async function asked(event = 'go'): Promise<number> {
	await clinic.tell(person, event);
	await clinic.settle();
	const { id } = await clinic.one<{ id: number }>('select id from approvals order by id desc limit 1');
	return id;
}

async function keysFor(member: TeamMember): Promise<string[]> {
	const { kinds } = await member.api.tasks.list({});
	return kinds.flatMap(({ tasks }) => tasks.map(({ kind, key }) => `${kind}:${key}`));
}

const answer = (member: TeamMember, id: number, answer: 'approved' | 'declined') =>
	member.api.tasks.answer({ id, answer });
const erase = (contactId: number) =>
	erasePerson(clinic.app, { id: contactId, by: null }, () => ({
		at: clinic.clock.now(),
		actor: { kind: 'system', id: 'test' },
		action: 'contact.erase',
		subject: { kind: 'contact', ids: [String(contactId)] }
	}));

test('a question is a task of those it names and of owners, and the answer moves the person', async () => {
	const id = await asked();
	expect(await keysFor(ben)).toEqual([`approval:${id}`]);
	expect(await keysFor(mia)).toEqual([`approval:${id}`]);
	expect(await keysFor(owner)).toEqual([`approval:${id}`]);
	expect(await keysFor(ivy)).toEqual([]);
	expect([await ben.api.tasks.count(), await ivy.api.tasks.count()]).toEqual([1, 0]);
	clinic.clock.advance(HOUR);
	await audited();
	await answer(ben, id, 'approved');
	expect(await keysFor(owner)).toEqual([]);
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited yes': 1 });
	expect((await audited())[0]).toMatchObject({
		actor: 'Ben',
		action: 'approval.approved',
		subject: [String(clinic.idOf(person))],
		details: { approval: id, journey: 'ask', step: 'look' }
	});
});

test('a no takes its own way, and a second answer is told who was first', async () => {
	const id = await asked();
	clinic.clock.advance(HOUR);
	await answer(mia, id, 'declined');
	await expect(answer(ben, id, 'approved')).rejects.toThrow('Mia has declined this already.');
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited no': 1 });
});

test('of two who answer at once one is first', async () => {
	const id = await asked();
	clinic.clock.advance(HOUR);
	const answers = await Promise.allSettled([answer(ben, id, 'approved'), answer(owner, id, 'declined')]);
	expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
	await clinic.settle();
	const won = answers[0].status === 'fulfilled' ? 'exited yes' : 'exited no';
	expect(await clinic.states(person)).toEqual({ [won]: 1 });
});

test('whom the step does not name is refused, and nobody moves', async () => {
	const id = await asked();
	await expect(answer(ivy, id, 'approved')).rejects.toThrow('for somebody else');
	await expect(
		ivy.api.tasks.assign({ task: { kind: 'approval', key: String(id) }, assignedTo: null, dueAt: null })
	).rejects.toThrow();
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ waiting: 1 });
	await answer(owner, id, 'approved');
	await clinic.settle();
});

test('a role that is named stands for all who have it', async () => {
	await clinic.publish('by-role', asks('manager', 'role'));
	const id = await asked('role');
	expect(await keysFor(ben)).toEqual([]);
	clinic.clock.advance(1);
	await answer(mia, id, 'approved');
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited yes': 1 });
});

test('the time runs out: the question is taken back, and a late answer is told so', async () => {
	const id = await asked();
	await clinic.pass(DAY);
	expect(await clinic.states(person)).toEqual({ 'exited late': 1 });
	expect(await keysFor(owner)).toEqual([]);
	await expect(answer(ben, id, 'approved')).rejects.toThrow('has left the step');
});

test('an answer at the last moment counts, whoever works first', async () => {
	const id = await asked();
	clinic.clock.advance(DAY);
	await answer(ben, id, 'approved');
	expect((await clinic.pump()).enrollments).toBe(0);
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited yes': 1 });
});

test('an answer a millisecond late is none', async () => {
	const id = await asked();
	clinic.clock.advance(DAY + 1);
	await expect(answer(ben, id, 'approved')).rejects.toThrow('The time for an answer is up.');
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited late': 1 });
});

test('answer and time-out at once: one wins, and what the person was told is what happened', async () => {
	for (let round = 0; round < 8; round++) {
		person = `race${round}`;
		await clinic.contacts({ id: person, email: `${person}@example.test` });
		const id = await asked();
		clinic.clock.advance(DAY);
		const [told] = await Promise.allSettled([
			answer(ben, id, 'approved'),
			clinic.pump(0),
			clinic.pump(1),
			clinic.route()
		]);
		await clinic.settle();
		const won = told.status === 'fulfilled' ? 'exited yes' : 'exited late';
		expect(await clinic.states(person)).toEqual({ [won]: 1 });
	}
});

test('an answer that comes between the claim of a time-out and its lock holds the time-out back', async () => {
	const id = await asked();
	clinic.clock.advance(DAY);
	const { pool, vault } = clinic.app;
	await inTransaction(pool, async (tx) => {
		const { claimed } = await claimDue(tx, vault, clinic.clock.now(), 10);
		expect(claimed).toHaveLength(1);
		await answer(ben, id, 'approved');
		expect(await withoutAnswered(tx, claimed)).toEqual([]);
	});
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited yes': 1 });
});

test('an exit rule takes the question back', async () => {
	const id = await asked();
	clinic.clock.advance(1);
	await clinic.tell(person, 'gone');
	await clinic.settle();
	expect(await keysFor(owner)).toEqual([]);
	await expect(answer(ben, id, 'approved')).rejects.toThrow('has left the step');
});

test('a pause takes the question back until the journey goes on; a time that ran out meanwhile ends it then', async () => {
	const id = await asked();
	await pauseJourney(clinic.app, 'ask');
	expect(await keysFor(ben)).toEqual([]);
	await expect(answer(ben, id, 'approved')).rejects.toThrow('The journey is paused.');
	await resumeJourney(clinic.app, 'ask');
	expect(await keysFor(ben)).toEqual([`approval:${id}`]);
	await pauseJourney(clinic.app, 'ask');
	await clinic.pass(2 * DAY);
	await resumeJourney(clinic.app, 'ask');
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited late': 1 });
});

test('somebody who is deleted leaves no question behind', async () => {
	const id = await asked();
	const contactId = clinic.idOf(person);
	await erase(contactId);
	expect(await keysFor(owner)).toEqual([]);
	await expect(answer(ben, id, 'approved')).rejects.toThrow('no such question');
	expect(await clinic.count('approvals where id = $1', [id])).toBe(0);
});

test('an archived journey asks nobody', async () => {
	await clinic.publish('over', asks('Ben', 'over'));
	const id = await asked('over');
	await archiveJourney(clinic.app, 'over');
	expect(await keysFor(ben)).toEqual([]);
	await expect(answer(ben, id, 'approved')).rejects.toThrow('has left the step');
});

test('an answer routed before the question was written down ends the wait all the same', async () => {
	await clinic.tell(person, 'go');
	await clinic.route();
	clinic.clock.advance(5);
	const [event] = await clinic.tell(person, 'approval.answered', {
		properties: { step: 'look', answer: 'approved' }
	});
	await clinic.pool.query('delete from event_queue where event_id = $1', [event]);
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited yes': 1 });
});

test('what is filled into a question is dots until it is asked for, sealed at rest, and a look is recorded', async () => {
	const id = await asked();
	const { kinds } = await ben.api.tasks.list({});
	expect(kinds[0]?.tasks[0]?.question).toEqual({
		text: 'May we write to ••••?',
		covered: true,
		showable: true
	});
	const { sealed } = await clinic.one<{ sealed: Buffer }>(
		'select asked_sealed as sealed from approvals where id = $1',
		[id]
	);
	expect(sealed.toString('latin1')).not.toContain('Annabelle');
	await audited();
	expect(await ben.api.tasks.show({ id })).toEqual({ question: 'May we write to Annabelle?' });
	expect(await audited()).toMatchObject([
		{ actor: 'Ben', action: 'task.show', subject: [String(clinic.idOf(person))], details: { approval: id } }
	]);
	// A manager decides without seeing names or health information.
	const seen = (await mia.api.tasks.list({})).kinds[0]?.tasks[0];
	expect(seen?.question?.showable).toBe(false);
	expect(seen?.person?.identity?.name).toBe('A•••• E••••');
	await expect(mia.api.tasks.show({ id })).rejects.toThrow();
	await answer(owner, id, 'approved');
	await clinic.settle();
});

test('a task is given to somebody who may do it, with a time that can pass', async () => {
	const id = await asked();
	const task = { kind: 'approval' as const, key: String(id) };
	await expect(owner.api.tasks.assign({ task, assignedTo: ivy.id, dueAt: null })).rejects.toThrow(
		'Ivy can’t do this task.'
	);
	const dueAt = new Date(clinic.clock.now() + HOUR).toISOString();
	await owner.api.tasks.assign({ task, assignedTo: ben.id, dueAt });
	expect((await ben.api.tasks.list({ mine: true })).kinds[0]?.tasks[0]).toMatchObject({
		assignee: { id: ben.id, name: 'Ben' },
		dueAt,
		isLate: false
	});
	expect((await mia.api.tasks.list({ mine: true })).kinds).toEqual([]);
	clinic.clock.advance(2 * HOUR);
	expect((await ben.api.tasks.list({})).kinds[0]?.tasks[0]?.isLate).toBe(true);
	await answer(ben, id, 'approved');
	expect(await clinic.count('task_notes')).toBe(0);
	await clinic.settle();
});
