import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { claimMessages } from '../../src/lib/runtime/send-claim.ts';
import { openTransport } from '../../src/lib/server/mail/transport.ts';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, DAY, draw, email, MINUTE } from '../support/journey.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { emailMark } from '../support/people.ts';

let clinic: Clinic;
let server: MailServer;
let n = 0;
beforeAll(async () => {
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	server = await startMailServer(clinic.app);
	await clinic.template('offer', 'An offer. [Unsubscribe]({{ links.unsubscribe }})');
	// A plain send step goes on at once; one with an edge on `failed` or `blocked` stays for what became of its message.
	await clinic.publish('plain', draw({ come: comes('plain'), mail: email() }, ['come -> mail']));
	await clinic.publish(
		'staying',
		draw(
			{
				come: comes('staying'),
				mail: email(),
				sent: ['exit', { reason: 'sent' }],
				failed: ['exit', { reason: 'failed' }],
				blocked: ['exit', { reason: 'blocked' }]
			},
			['come -> mail', 'mail -> sent', 'mail.failed -> failed', 'mail.blocked -> blocked']
		)
	);
	await clinic.publish(
		'offers',
		draw({ come: comes('offers'), mail: email({ template: 'offer', purpose: 'marketing' }) }, [
			'come -> mail'
		])
	);
	await clinic.publish(
		'secret',
		draw(
			{ come: comes('secret'), mail: email({ security: 'tls' }), failed: ['exit', { reason: 'no tls' }] },
			['come -> mail', 'mail.failed -> failed']
		)
	);
});
afterAll(async () => {
	await server.close();
	await clinic.close();
});
let before: Record<string, number>;
beforeEach(async () => {
	before = await clinic.counts();
	n++;
});
afterEach(() => expectOneStory(clinic.pool));

/** What the counts gained in this test. */
async function gained(like: string): Promise<Record<string, number>> {
	const now = Object.entries(await clinic.counts(like));
	return Object.fromEntries(
		now.map(([name, count]) => [name, count - (before[name] ?? 0)] as const).filter(([, gain]) => gain)
	);
}

function comes(event: string) {
	return ['trigger.transactional', { event }] as const;
}

/** Lets a person with the address into a journey, as far as the outbox. */
async function enter(name: string, journey: string, more = {}): Promise<string> {
	const person = `${name}${n}`;
	await clinic.contacts({ id: person, name: 'Ann Example', email: `${person}@example.test`, ...more });
	await clinic.tell(person, journey);
	await clinic.route();
	await clinic.pump();
	return person;
}

async function messageOf(
	person: string
): Promise<{ state: string; reason: string | null; attempts: number }> {
	return clinic.one(
		'select state, reason, attempts from messages where contact_id = $1 order by id desc limit 1',
		[clinic.idOf(person)]
	);
}

const attemptsOf = (person: string) =>
	clinic.rows<{ attempt: number; outcome: string | null; response: string | null }>(
		`select a.attempt, a.outcome, a.response from message_attempts a join messages m on m.id = a.message_id where m.contact_id = $1 order by 1`,
		[clinic.idOf(person)]
	);

const tookFrom = (person: string) =>
	server.taken.filter((address) => address === `${person}@example.test`).length;

test('a message that the server takes is sent, with the attempt written down, and the stay ends with it', async () => {
	const plain = await enter('ann', 'plain');
	const staying = await enter('bob', 'staying');
	expect(await clinic.states(staying)).toEqual({ waiting: 1 });
	await clinic.settle();
	expect(await messageOf(plain)).toEqual({ state: 'sent', reason: null, attempts: 1 });
	expect(await attemptsOf(plain)).toEqual([{ attempt: 1, outcome: 'sent', response: '250' }]);
	expect(await clinic.states(staying)).toEqual({ 'exited sent': 1 });
	expect(tookFrom(plain)).toBe(1);
	expect(await gained('%')).toMatchObject({ 'mail sent': 2, 'mail delivered': 2, 'mail left:next': 2 });
	await clinic.settle();
	expect(tookFrom(plain)).toBe(1);
});

test('a refusal is a failure, which takes its own edge where one was drawn and changes no visit where none was', async () => {
	server.manners.set(`cem${n}`, 'refuse').set(`dot${n}`, 'refuse');
	const plain = await enter('cem', 'plain');
	const staying = await enter('dot', 'staying');
	await clinic.settle();
	expect(await messageOf(plain)).toEqual({ state: 'failed', reason: 'refused', attempts: 1 });
	expect(await clinic.states(plain)).toEqual({ completed: 1 });
	expect(await clinic.states(staying)).toEqual({ 'exited failed': 1 });
	expect((await clinic.path(staying))[1]).toMatch(/^mail failed /);
	expect(await gained('failed')).toEqual({ 'mail failed': 2 });
	// What the server said quotes the address; only its codes are kept.
	const [attempt] = await attemptsOf(plain);
	expect(attempt?.response).toContain('550');
	expect(attempt?.response).not.toContain('example.test');
});

test('a server that says later is asked again later, and then has it once', async () => {
	server.manners.set(`eve${n}`, 'put-off');
	const person = await enter('eve', 'staying');
	await clinic.settle();
	expect(await messageOf(person)).toMatchObject({ state: 'queued', attempts: 1 });
	expect(await clinic.states(person)).toEqual({ waiting: 1 });
	expect(await clinic.rows(`select run_at from graphile_worker.jobs where key = 'send:timer'`)).toEqual([
		{ run_at: new Date(clinic.clock.now() + MINUTE) }
	]);
	clinic.clock.advance(MINUTE - 1);
	await clinic.settle();
	expect(await messageOf(person)).toMatchObject({ attempts: 1 });
	server.manners.delete(`eve${n}`);
	clinic.clock.advance(1);
	await clinic.settle();
	expect(await messageOf(person)).toMatchObject({ state: 'sent', attempts: 2 });
	expect((await attemptsOf(person)).map(({ outcome }) => outcome)).toEqual(['deferred', 'sent']);
	expect(await clinic.states(person)).toEqual({ 'exited sent': 1 });
	expect(tookFrom(person)).toBe(1);
});

test('a server that says later for a day has failed', async () => {
	server.manners.set(`fay${n}`, 'put-off');
	const person = await enter('fay', 'plain');
	await clinic.pass(2 * DAY);
	expect(await messageOf(person)).toEqual({ state: 'failed', reason: 'deferred-too-long', attempts: 9 });
	expect(tookFrom(person)).toBe(0);
	expect(await gained('failed')).toEqual({ 'mail failed': 1 });
});

test('a connection lost after the whole mail leaves it unknown: held for a person, never sent again', async () => {
	server.manners.set(`gil${n}`, 'drop');
	const person = await enter('gil', 'staying');
	await clinic.settle();
	expect(await messageOf(person)).toMatchObject({ state: 'unknown', attempts: 1 });
	server.manners.delete(`gil${n}`);
	await clinic.pass(3 * DAY);
	expect(await messageOf(person)).toMatchObject({ state: 'unknown', attempts: 1 });
	expect(tookFrom(person)).toBe(1);
	expect(await clinic.states(person)).toEqual({ waiting: 1 });
	expect(await gained('sent')).toEqual({});
});

test('a message that a dead sender left behind is unknown after its lease, and is not sent again', async () => {
	const person = await enter('hal', 'plain');
	const { outgoing } = await claimMessages(clinic.app, 100); // And here the process ends.
	expect(outgoing).toHaveLength(1);
	await clinic.settle();
	expect(await messageOf(person)).toMatchObject({ state: 'sending' });
	clinic.clock.advance(5 * MINUTE + 1);
	await clinic.settle();
	expect(await messageOf(person)).toEqual({ state: 'unknown', reason: 'sender-died', attempts: 1 });
	expect(await attemptsOf(person)).toEqual([{ attempt: 1, outcome: 'unknown', response: null }]);
	expect(tookFrom(person)).toBe(0);
});

test('a claim that was never committed is no claim: the message goes out by the next sender', async () => {
	const person = await enter('ida', 'plain');
	const client = await clinic.pool.connect();
	await client.query('begin');
	await client.query(`select 1 from messages where state = 'queued' for update`);
	expect(await clinic.send()).toBe(0);
	await client.query('rollback');
	client.release();
	await clinic.settle();
	expect(await messageOf(person)).toMatchObject({ state: 'sent' });
	expect(tookFrom(person)).toBe(1);
});

test('two senders at once send each message once', async () => {
	const people: string[] = [];
	for (let at = 0; at < 30; at++) people.push(await enter(`jo${at}x`, 'plain'));
	await Promise.all([clinic.send(), clinic.send(), clinic.send()]);
	expect(people.map(tookFrom)).toEqual(people.map(() => 1));
	expect(await gained('sent')).toEqual({ 'mail sent': 30 });
});

test('an address suppressed between the batch and the hand-over is blocked, and the reason counted', async () => {
	const staying = await enter('kim', 'staying');
	await clinic.pool.query(
		`insert into suppressions (email_mark, scope, reason, source) values ($1, 'all', 'bounced', 'test')`,
		[emailMark(clinic.database, `${staying}@example.test`)]
	);
	await clinic.settle();
	expect(await messageOf(staying)).toEqual({ state: 'blocked', reason: 'suppressed', attempts: 0 });
	expect(await clinic.states(staying)).toEqual({ 'exited blocked': 1 });
	expect(await gained('blocked%')).toEqual({ 'mail blocked:suppressed': 1 });
	expect(tookFrom(staying)).toBe(0);
});

test('an authorization revoked between the batch and the hand-over stops the mail', async () => {
	const granted = { kind: 'marketing' as const, grantedAt: clinic.clock.now() - DAY };
	const person = await enter('lea', 'offers', { consents: [granted] });
	const other = await enter('max', 'offers', { consents: [granted] });
	await clinic.pool.query('update consents set revoked_at = $2 where contact_id = $1', [
		clinic.idOf(person),
		new Date(clinic.clock.now())
	]);
	await clinic.settle();
	expect(await messageOf(person)).toMatchObject({ state: 'blocked', reason: 'authorization-revoked' });
	expect(await messageOf(other)).toMatchObject({ state: 'sent' });
	expect(await gained('blocked%')).toEqual({ 'mail blocked:authorization-revoked': 1 });
	expect(server.raw.get(`${other}@example.test`)).toMatch(
		/^List-Unsubscribe-Post: List-Unsubscribe=One-Click/m
	);
});

test('a blocked message whose enrollment somebody works on waits, instead of locking both up', async () => {
	const person = await enter('nan', 'staying');
	await clinic.pool.query(
		`insert into suppressions (email_mark, scope, reason, source) values ($1, 'all', 'manual', 'test')`,
		[emailMark(clinic.database, `${person}@example.test`)]
	);
	const client = await clinic.pool.connect();
	await client.query('begin');
	await client.query('select 1 from enrollments where contact_id = $1 for update', [clinic.idOf(person)]);
	await clinic.send();
	expect(await messageOf(person)).toMatchObject({ state: 'queued' });
	await client.query('rollback');
	client.release();
	await clinic.settle();
	expect(await messageOf(person)).toMatchObject({ state: 'blocked' });
	expect(await clinic.states(person)).toEqual({ 'exited blocked': 1 });
});

test('a template that can’t be merged fails its own message; the others go out', async () => {
	const broken = await enter('ola', 'staying');
	const fine = await enter('pam', 'plain');
	await clinic.pool.query('update messages set template_version_id = null where contact_id = $1', [
		clinic.idOf(broken)
	]);
	await clinic.settle();
	expect(await messageOf(broken)).toMatchObject({ state: 'failed', reason: 'template' });
	expect(await clinic.states(broken)).toEqual({ 'exited failed': 1 });
	expect(await messageOf(fine)).toMatchObject({ state: 'sent' });
});

test('a step that asks for encryption is not handed to a server that offers none', async () => {
	const person = await enter('quy', 'secret');
	await clinic.settle();
	expect(await messageOf(person)).toMatchObject({ state: 'failed', reason: 'tls-unavailable' });
	expect(await clinic.states(person)).toEqual({ 'exited no tls': 1 });
	expect(tookFrom(person)).toBe(0);
});

test('someone without an address is blocked at the visit, and goes on', async () => {
	const person = await enter('rob', 'staying', { email: null });
	expect(await messageOf(person)).toMatchObject({ state: 'blocked', reason: 'no-address' });
	expect(await clinic.states(person)).toEqual({ 'exited blocked': 1 });
	expect(await gained('blocked%')).toEqual({ 'mail blocked:no-address': 1 });
});

test('a sender that dies between the hand-over and its record leaves unknown behind, whoever comes after, and the server has it once', async () => {
	const person = await enter('sue', 'staying');
	const { outgoing } = await claimMessages(clinic.app, 100);
	const transport = await openTransport(clinic.app);
	for (const { mail } of outgoing)
		if (mail) expect(await transport.send(mail)).toMatchObject({ outcome: 'sent' });
	transport.close(); // And here the process ends.
	expect(tookFrom(person)).toBe(1);
	await Promise.all([clinic.send(), clinic.send()]);
	expect(await messageOf(person)).toMatchObject({ state: 'sending' });
	clinic.clock.advance(5 * MINUTE + 1);
	await Promise.all([clinic.send(), clinic.send(), clinic.send()]);
	expect(await messageOf(person)).toEqual({ state: 'unknown', reason: 'sender-died', attempts: 1 });
	await clinic.pass(3 * DAY);
	expect(await messageOf(person)).toMatchObject({ state: 'unknown', attempts: 1 });
	expect(await attemptsOf(person)).toEqual([{ attempt: 1, outcome: 'unknown', response: null }]);
	expect(tookFrom(person)).toBe(1);
	expect(await gained('sent')).toEqual({});
});

test('a record that fails until half of the lease is over leaves unknown behind, and the message is not sent again', async () => {
	const person = await enter('tim', 'plain');
	await clinic.pool.query(
		`create function refuse_record() returns trigger language plpgsql as $$ begin raise exception 'no record'; end $$;
		 create trigger refuse_record before update on message_attempts for each row execute function refuse_record()`
	);
	const from = clinic.clock.now();
	await expect(clinic.send()).rejects.toThrow('no record');
	expect(clinic.clock.now() - from).toBeGreaterThan(2.4 * MINUTE);
	expect(clinic.clock.now() - from).toBeLessThanOrEqual(2.5 * MINUTE);
	await clinic.pool.query('drop trigger refuse_record on message_attempts; drop function refuse_record');
	expect(await messageOf(person)).toMatchObject({ state: 'sending' });
	expect(tookFrom(person)).toBe(1);
	clinic.clock.advance(5 * MINUTE + 1);
	await clinic.settle();
	expect(await messageOf(person)).toEqual({ state: 'unknown', reason: 'sender-died', attempts: 1 });
	await clinic.pass(DAY);
	expect(tookFrom(person)).toBe(1);
});
