import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { claimMessages } from '../../src/lib/runtime/send-claim.ts';
import { archiveJourney } from '../../src/lib/server/journeys/pause.ts';
import { expectOneStory } from '../support/audit.ts';
import { auditReader, type AuditTold } from '../support/call-as.ts';
import { Clinic, DAY, draw, email, MINUTE } from '../support/journey.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { addMember, type TeamMember } from '../support/team.ts';

let clinic: Clinic;
let server: MailServer;
let owner: TeamMember;
let audited: () => Promise<AuditTold[]>;
let n = 0;
let person = '';

const comes = (event: string) => ['trigger.transactional', { event }] as const;
const staying = (event: string) =>
	draw(
		{
			come: comes(event),
			mail: email(),
			sent: ['exit', { reason: 'sent' }],
			failed: ['exit', { reason: 'failed' }]
		},
		['come -> mail', 'mail -> sent', 'mail.failed -> failed']
	);

beforeAll(async () => {
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	server = await startMailServer(clinic.app);
	owner = await addMember(clinic.app, 'Olga', 'owner');
	await clinic.publish('care', staying('go'));
	audited = auditReader(clinic.app);
});
afterAll(async () => {
	await server.close();
	await clinic.close();
});
afterEach(() => expectOneStory(clinic.pool));
beforeEach(async () => {
	person = `u${++n}`;
	await clinic.contacts({ id: person, name: 'Ann Example', email: `${person}@example.test` });
});

/** A message whose sender dies in the middle. */
async function held(event = 'go'): Promise<number> {
	await clinic.tell(person, event);
	await clinic.route();
	await clinic.pump();
	await claimMessages(clinic.app, 100);
	clinic.clock.advance(5 * MINUTE + 1);
	await clinic.settle();
	const { id, state } = await clinic.one<{ id: number; state: string }>(
		'select id, state from messages where contact_id = $1',
		[clinic.idOf(person)]
	);
	expect(state).toBe('unknown');
	return id;
}

const messageOf = (id: number) =>
	clinic.one('select state, reason, attempts from messages where id = $1', [id]);
const taken = () => server.taken.filter((address) => address === `${person}@example.test`).length;

test('a held message is a task with its evidence', async () => {
	const id = await held();
	const { kinds } = await owner.api.tasks.list({});
	expect(kinds[0]?.tasks[0]).toMatchObject({
		kind: 'unknown-message',
		key: String(id),
		title: 'hello',
		reason: 'The sender stopped in the middle',
		attempts: [{ outcome: 'unknown', answer: null }]
	});
	await owner.api.tasks.settle({ id, verdict: 'left' });
});

test('it arrived: it is sent, at the time of its hand-over, and the person goes on', async () => {
	const id = await held();
	const { at } = await clinic.one<{ at: Date }>(
		'select started_at as at from message_attempts where message_id = $1',
		[id]
	);
	await audited();
	await owner.api.tasks.settle({ id, verdict: 'arrived' });
	expect((await audited())[0]).toMatchObject({ action: 'message.arrived', details: { message: id } });
	await clinic.settle();
	expect(await clinic.one('select state, reason, decided_at from messages where id = $1', [id])).toEqual({
		state: 'sent',
		reason: null,
		decided_at: at
	});
	expect(await clinic.states(person)).toEqual({ 'exited sent': 1 });
	expect(taken()).toBe(0);
});

test('it did not arrive and is sent again: once, and the evidence of the first try stays', async () => {
	const id = await held();
	await owner.api.tasks.settle({ id, verdict: 'again' });
	await expect(owner.api.tasks.settle({ id, verdict: 'again' })).rejects.toThrow('already');
	await clinic.settle();
	expect(await messageOf(id)).toEqual({ state: 'sent', reason: null, attempts: 2 });
	expect(
		await clinic.rows('select attempt, outcome from message_attempts where message_id = $1 order by 1', [id])
	).toEqual([
		{ attempt: 1, outcome: 'unknown' },
		{ attempt: 2, outcome: 'sent' }
	]);
	expect(await clinic.states(person)).toEqual({ 'exited sent': 1 });
	expect(taken()).toBe(1);
});

test('left unsent, it has failed, and the person goes that way', async () => {
	const id = await held();
	await owner.api.tasks.settle({ id, verdict: 'left' });
	await clinic.pass(DAY);
	expect(await messageOf(id)).toEqual({ state: 'failed', reason: 'left-unsent', attempts: 1 });
	expect(await clinic.states(person)).toEqual({ 'exited failed': 1 });
	expect(taken()).toBe(0);
});

test('of two who decide at once one does', async () => {
	const id = await held();
	const tries = await Promise.allSettled([
		owner.api.tasks.settle({ id, verdict: 'again' }),
		owner.api.tasks.settle({ id, verdict: 'left' })
	]);
	expect(tries.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
	await clinic.settle();
	expect(taken()).toBe(tries[0].status === 'fulfilled' ? 1 : 0);
});

test('whose journey is over gets nothing more, but what arrived can still be said', async () => {
	await clinic.publish('over', staying('over'));
	const id = await held('over');
	await archiveJourney(clinic.app, 'over');
	await expect(owner.api.tasks.settle({ id, verdict: 'again' })).rejects.toThrow('nothing is sent');
	await owner.api.tasks.settle({ id, verdict: 'arrived' });
	expect(await messageOf(id)).toMatchObject({ state: 'sent' });
	expect(await clinic.states(person)).toEqual({ cancelled: 1 });
});
