/** Calls of other systems: once for each visit, outside of any transaction, and nothing about a person readable on the way. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { claimCall } from '../../src/lib/runtime/call-claim.ts';
import { recordCall } from '../../src/lib/runtime/call-record.ts';
import { erasePerson } from '../../src/lib/server/people/erase.ts';
import { exportPerson } from '../../src/lib/server/people/export-person.ts';
import { archiveJourney, pauseJourney, resumeJourney } from '../../src/lib/server/journeys/pause.ts';
import { getCaughtMail, listCaughtMails } from '../../src/lib/server/mail/caught-mail.ts';
import { expectOneStory } from '../support/audit.ts';
import { startHookServer, type HookServer } from '../support/hook-server.ts';
import { Clinic, DAY, draw, HOUR, MINUTE } from '../support/journey.ts';
import { findContact } from '../support/people.ts';

let clinic: Clinic;
let hooks: HookServer;
let n = 0;
const CANARY = 'canary-of-a-diagnosis';

/** A journey that calls, and says how it left. */
function calling(event: string, config: object) {
	return draw(
		{
			come: ['trigger.transactional', { event }],
			call: ['webhook.call', { url: hooks.url, method: 'POST', ...config }],
			done: ['exit', { reason: 'done' }],
			lost: ['exit', { reason: 'lost' }]
		},
		['come -> call', 'call -> done', 'call.failed -> lost'],
		{ reentry: { when: 'always' }, exitWhen: { event: { name: 'stop' } } }
	);
}

beforeAll(async () => {
	hooks = await startHookServer();
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	await clinic.attribute('diagnosis', 'text', true);
	await clinic.attribute('risk', 'number', true);
	await clinic.publish(
		'told',
		calling('told', {
			headers: { 'X-Api-Key': 'k' },
			body: '{"diagnosis":"{{ contact.diagnosis }}","result":"{{ trigger.result }}"}'
		})
	);
	await clinic.publish('asked', calling('asked', { save: 'risk' }));
	await clinic.publish('inside', calling('inside', { url: 'https://10.1.2.3/' }));
});
afterAll(async () => {
	await hooks.close();
	await clinic.close();
});
beforeEach(() => {
	n++;
	hooks.heard.length = 0;
	hooks.answer = (_, response) => void response.end();
	clinic.caller = hooks.caller();
});
afterEach(() => expectOneStory(clinic.pool));

/** Lets somebody into a journey, as far as the outbox. */
async function enter(name: string, journey: string, properties = {}): Promise<string> {
	const person = `${name}${n}`;
	await clinic.contacts({ id: person, name: 'Ann Example', attributes: { diagnosis: CANARY } });
	await clinic.tell(person, journey, { properties });
	await clinic.route();
	await clinic.pump();
	return person;
}

interface CallRow {
	state: string;
	status: number | null;
	reason: string | null;
	attempts: number;
}

const callOf = (person: string) =>
	clinic.one<CallRow>(
		'select state, status, reason, attempts from webhook_calls where contact_id = $1 order by id desc limit 1',
		[clinic.idOf(person)]
	);

const reasonOf = async (person: string) =>
	(
		await clinic.one<{ reason: string | null }>(
			`select reasons[1] as reason from step_paths where contact_id = $1 and steps[1] = 'call' order by seq desc limit 1`,
			[clinic.idOf(person)]
		)
	).reason;

test('an answer moves the person on, and the other side had one call with what the step says', async () => {
	const person = await enter('ann', 'told', { result: 'high' });
	expect(await clinic.states(person)).toEqual({ waiting: 1 });
	await clinic.settle();
	expect(await callOf(person)).toEqual({ state: 'answered', status: 200, reason: null, attempts: 1 });
	expect(await clinic.states(person)).toEqual({ 'exited done': 1 });
	expect(hooks.heard).toHaveLength(1);
	expect(hooks.heard[0]).toMatchObject({
		method: 'POST',
		body: `{"diagnosis":"${CANARY}","result":"high"}`,
		headers: { 'x-api-key': 'k' }
	});
	await clinic.settle();
	expect(hooks.heard).toHaveLength(1);
});

test('no is an answer too: it takes the edge that was drawn for it', async () => {
	hooks.answer = (_, response) => void response.writeHead(422).end();
	const person = await enter('bob', 'told');
	await clinic.settle();
	expect(await callOf(person)).toEqual({ state: 'answered', status: 422, reason: null, attempts: 1 });
	expect(await clinic.states(person)).toEqual({ 'exited lost': 1 });
});

test('what came back is kept where the step says so, sealed on its way to the person', async () => {
	hooks.answer = (_, response) => {
		response.setHeader('content-type', 'application/json');
		response.end('7421');
	};
	const person = await enter('cat', 'asked');
	await clinic.call();
	const row = await clinic.one<{ wake: unknown; due: boolean }>(
		'select wake, due_at is not null as due from enrollments where contact_id = $1',
		[clinic.idOf(person)]
	);
	expect(row.due).toBe(true);
	expect(JSON.stringify(row.wake)).not.toContain('7421');
	await clinic.settle();
	expect((await findContact(clinic.database, person))?.attributes).toMatchObject({ risk: 7421 });
	expect(await clinic.states(person)).toEqual({ 'exited done': 1 });
});

test('an answer that does not fit, or is too large, changes nothing and says so', async () => {
	for (const answer of ['seven', '7'.repeat(70_000)]) {
		hooks.answer = (_, response) => void response.end(answer);
		const person = await enter(`dan${answer.length}x`, 'asked');
		await clinic.settle();
		expect(await clinic.states(person)).toEqual({ 'exited done': 1 });
		expect(await reasonOf(person)).toBe('not-convertible');
		expect((await findContact(clinic.database, person))?.attributes).not.toHaveProperty('risk');
	}
});

test('a busy system is asked again, with the same key, and then has answered once', async () => {
	hooks.answer = (_, response, count) => void response.writeHead(count < 3 ? 503 : 200).end();
	const person = await enter('eve', 'told');
	await clinic.settle();
	expect(await callOf(person)).toEqual({ state: 'queued', status: 503, reason: 'busy', attempts: 1 });
	expect(await clinic.rows(`select run_at from graphile_worker.jobs where key = 'call:timer'`)).toEqual([
		{ run_at: new Date(clinic.clock.now() + 5_000) }
	]);
	await clinic.pass(2 * MINUTE);
	expect(await callOf(person)).toEqual({ state: 'answered', status: 200, reason: null, attempts: 3 });
	expect(hooks.heard).toHaveLength(3);
	expect(new Set(hooks.heard.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
	expect(await clinic.states(person)).toEqual({ 'exited done': 1 });
});

test('it may ask for more time, within bounds', async () => {
	hooks.answer = (_, response, count) =>
		void response.writeHead(count === 1 ? 429 : 200, { 'Retry-After': '999999' }).end();
	const person = await enter('fay', 'told');
	await clinic.pass(HOUR - 1);
	expect(hooks.heard).toHaveLength(1);
	await clinic.pass(1);
	expect(await callOf(person)).toMatchObject({ state: 'answered', attempts: 2 });
});

test('after five tries it is given up, and the visit says why', async () => {
	hooks.answer = (_, response) => void response.destroy();
	const person = await enter('gil', 'told');
	await clinic.pass(DAY);
	expect(hooks.heard).toHaveLength(5);
	expect(await callOf(person)).toEqual({
		state: 'failed',
		status: null,
		reason: 'no-connection',
		attempts: 5
	});
	expect(await clinic.states(person)).toEqual({ 'exited lost': 1 });
	expect(await reasonOf(person)).toBe('no-connection');
});

test('a system that does not answer in time is asked again', async () => {
	hooks.answer = () => {};
	clinic.caller = hooks.caller({ timeoutMs: 40 });
	const person = await enter('hal', 'told');
	await clinic.settle();
	expect(await callOf(person)).toMatchObject({ state: 'queued', reason: 'no-answer-in-time', attempts: 1 });
	hooks.answer = (_, response) => void response.end();
	clinic.caller = hooks.caller();
	await clinic.pass(MINUTE);
	expect(await callOf(person)).toMatchObject({ state: 'answered', attempts: 2 });
});

test('an address inside is refused at once, and the reason is kept', async () => {
	const person = await enter('ida', 'inside');
	await clinic.settle();
	expect(await callOf(person)).toEqual({
		state: 'failed',
		status: null,
		reason: 'host-refused',
		attempts: 1
	});
	expect(await clinic.states(person)).toEqual({ 'exited lost': 1 });
	expect(await reasonOf(person)).toBe('host-refused');
});

test('a worker that dies in a call leaves a lease; the next one tries again with the same key', async () => {
	const person = await enter('jim', 'told');
	const dead = await claimCall(clinic.app, []);
	expect(dead).toMatchObject({ attempt: 1 });
	await clinic.settle();
	expect(hooks.heard).toHaveLength(0);
	expect(await callOf(person)).toMatchObject({ state: 'sending' });
	clinic.clock.advance(MINUTE);
	await clinic.settle();
	expect(await callOf(person)).toMatchObject({ state: 'answered', attempts: 2 });
	expect(hooks.heard[0]?.headers['idempotency-key']).toBe(dead?.key);
	expect(await clinic.states(person)).toEqual({ 'exited done': 1 });
	// The dead one comes back with another answer, and changes nothing.
	if (dead) await recordCall(clinic.app, dead, { outcome: 'answered', status: 500 });
	await clinic.settle();
	expect(await callOf(person)).toMatchObject({ state: 'answered', status: 200, attempts: 2 });
});

test('workers that die every time end in a failure, not in a circle', async () => {
	const person = await enter('kim', 'told');
	for (let at = 0; at < 5; at++) {
		expect(await claimCall(clinic.app, [])).not.toBeNull();
		clinic.clock.advance(MINUTE);
	}
	await clinic.settle();
	expect(hooks.heard).toHaveLength(0);
	expect(await callOf(person)).toMatchObject({ state: 'failed', reason: 'worker-died' });
	expect(await clinic.states(person)).toEqual({ 'exited lost': 1 });
});

test('two workers at once make each call once', async () => {
	const people: string[] = [];
	for (let at = 0; at < 20; at++) people.push(await enter(`lea${at}x`, 'told'));
	await Promise.all([clinic.call(), clinic.call(), clinic.call()]);
	await clinic.settle();
	expect(hooks.heard).toHaveLength(20);
	for (const person of people) expect(await clinic.states(person)).toEqual({ 'exited done': 1 });
});

test('a visit has one call, however often its batch is written', async () => {
	const person = await enter('max', 'told');
	await expect(
		clinic.pool.query(
			`insert into webhook_calls (enrollment_id, version_id, step, arrival, contact_id, visit_at)
			 select enrollment_id, version_id, step, arrival, contact_id, visit_at from webhook_calls where contact_id = $1`,
			[clinic.idOf(person)]
		)
	).rejects.toMatchObject({ code: '23505' });
	await clinic.settle();
});

test('a slow system keeps nobody else waiting for a lock', async () => {
	let release: () => void = () => {};
	hooks.answer = (_, response) => (release = () => void response.end());
	const person = await enter('nan', 'told');
	const calling = clinic.call();
	await expect.poll(() => hooks.heard.length).toBe(1);
	const { locks } = await clinic.one<{ locks: number }>(
		`select count(*)::int as locks from pg_locks l join pg_class c on c.oid = l.relation
		 where c.relname in ('webhook_calls', 'enrollments') and l.pid <> pg_backend_pid()
			and l.database = (select oid from pg_database where datname = current_database())`
	);
	expect(locks).toBe(0);
	release();
	await calling;
	await clinic.settle();
	expect(await clinic.states(person)).toEqual({ 'exited done': 1 });
});

test('while the journey is paused nobody is called; when it goes on, they are', async () => {
	const person = await enter('ora', 'told');
	await pauseJourney(clinic.app, 'told');
	await clinic.settle();
	expect(hooks.heard).toHaveLength(0);
	await resumeJourney(clinic.app, 'told');
	await clinic.settle();
	expect(hooks.heard).toHaveLength(1);
	expect(await clinic.states(person)).toEqual({ 'exited done': 1 });
});

test('whoever left meanwhile is not called for', async () => {
	const person = await enter('pat', 'told');
	await clinic.tell(person, 'stop');
	await clinic.settle();
	expect(hooks.heard).toHaveLength(0);
	expect(await callOf(person)).toMatchObject({ state: 'withdrawn', attempts: 0 });
	expect(await clinic.states(person)).toEqual({ exited: 1 });
});

test('nothing about the person stands readable anywhere', async () => {
	await enter('ray', 'told', { result: CANARY });
	await clinic.settle();
	const tables = await clinic.rows<{ name: string }>(
		`select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
		 where schemaname in ('public', 'graphile_worker')`
	);
	for (const { name } of tables)
		expect(await clinic.count(`${name} t where t::text like $1`, [`%${CANARY}%`]), name).toBe(0);
});

test('a person’s export has their calls, and a deletion takes away what these say', async () => {
	const person = await enter('sue', 'told', { result: 'low' });
	await clinic.settle();
	const own = JSON.stringify(await exportPerson(clinic.app, clinic.idOf(person), clinic.clock.now()));
	expect(own).toContain(hooks.url);
	const waiting = await enter('tom', 'told');
	for (const id of [person, waiting])
		await erasePerson(clinic.app, { id: clinic.idOf(id), by: null }, () => ({
			at: clinic.clock.now(),
			actor: { kind: 'system', id: 'test' },
			action: 'contact.erase',
			subject: { kind: 'contact', ids: [String(clinic.idOf(id))] }
		}));
	await clinic.settle();
	expect(hooks.heard).toHaveLength(1);
	expect(
		await clinic.rows(
			'select state, request, answer from webhook_calls where contact_id = any($1) order by id',
			[[clinic.idOf(person), clinic.idOf(waiting)]]
		)
	).toEqual([
		{ state: 'answered', request: null, answer: null },
		{ state: 'withdrawn', request: null, answer: null }
	]);
});

test('in test mode nothing leaves: a call is caught, shown without the values of its headers, and answered 200', async () => {
	clinic.caller = undefined;
	const person = await enter('uma', 'told', { result: 'high' });
	await clinic.settle();
	expect(hooks.heard).toHaveLength(0);
	expect(await callOf(person)).toMatchObject({ state: 'answered', status: 200 });
	expect(await clinic.states(person)).toEqual({ 'exited done': 1 });
	const { mails } = await listCaughtMails(clinic.app, {});
	expect(mails[0]).toMatchObject({
		channel: 'call',
		subject: 'POST /hook',
		contactId: clinic.idOf(person),
		journey: { slug: 'told' }
	});
	const caught = await getCaughtMail(clinic.app, mails[0]?.id ?? 0);
	expect(caught.text).toBe(`POST ${hooks.url}\nX-Api-Key: ...\n\n{"diagnosis":"${CANARY}","result":"high"}`);
	expect(caught.html).toBeNull();
});

test('archived, nobody is called any more', async () => {
	const person = await enter('val', 'told');
	await archiveJourney(clinic.app, 'told');
	await clinic.settle();
	expect(hooks.heard).toHaveLength(0);
	expect(await callOf(person)).toMatchObject({ state: 'withdrawn' });
	expect(await clinic.states(person)).toEqual({ cancelled: 1 });
});
