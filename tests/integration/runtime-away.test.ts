/** PostgreSQL goes away under those who hand over and call, and comes back. */
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { callQueued } from '../../src/lib/runtime/caller.ts';
import { sendQueued } from '../../src/lib/runtime/sender.ts';
import type { App } from '../../src/lib/server/app.ts';
import { openTransport, type MailTransport } from '../../src/lib/server/mail/transport.ts';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, DAY, draw, email, MINUTE } from '../support/journey.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';

const SECOND = 1000;

let clinic: Clinic;
let server: MailServer;
let admin: pg.Client;
let database: string;
beforeEach(async () => {
	clinic = await Clinic.open('2026-03-02T12:00:00Z');
	server = await startMailServer(clinic.app);
	admin = new pg.Client({ connectionString: inject('clusterUrl') });
	await admin.connect();
	({ database } = await clinic.one<{ database: string }>('select current_database() as database'));
	await clinic.publish(
		'mailed',
		draw(
			{
				come: ['trigger.transactional', { event: 'mailed.came' }],
				mail: email(),
				sent: ['exit', { reason: 'sent' }],
				failed: ['exit', { reason: 'failed' }]
			},
			['come -> mail', 'mail -> sent', 'mail.failed -> failed']
		)
	);
	await clinic.tell(await clinic.crowd(3), 'mailed.came');
	await clinic.route();
	await clinic.pump();
});
afterEach(async () => {
	await expectOneStory(clinic.pool);
	await admin.end();
	await server.close();
	await clinic.close();
});

/** Nobody is connected any more, and nobody can connect. */
async function goAway(): Promise<void> {
	await admin.query(`alter database ${database} allow_connections false`);
	await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [database]);
}

const comeBack = () => admin.query(`alter database ${database} allow_connections true`);

/** An app whose time passes in its pauses only; after `ms` of them PostgreSQL is back. */
function backAfter(ms: number): App {
	const { clock } = clinic;
	const back = clock.now() + ms;
	const pause = async (length: number) => {
		if (clock.now() < back && clock.now() + length >= back) await comeBack();
		clock.advance(length);
	};
	return { ...clinic.app, clock: { now: () => clock.now(), pause } };
}

/** The way out, which does `after` once all three are handed over. */
async function thenDo(app: App, after: () => Promise<void>): Promise<MailTransport> {
	const transport = await openTransport(app);
	let sent = 0;
	return {
		...transport,
		async send(mail) {
			const done = await transport.send(mail);
			if (++sent === 3) await after();
			return done;
		}
	};
}

/** The pool, whose `nth` commit is done and never answered. */
function losingAnswer(nth: number): pg.Pool {
	let commits = 0;
	const connect = async () => {
		const client = await clinic.pool.connect();
		const query = async (...args: [string]) => {
			const result = await client.query(...args);
			if (args[0] === 'commit' && ++commits === nth)
				throw Object.assign(new Error('lost'), { code: 'ECONNRESET' });
			return result;
		};
		return { query, release: (broken?: Error) => client.release(broken) };
	};
	const query = clinic.pool.query.bind(clinic.pool);
	return Object.assign(Object.create(clinic.pool) as pg.Pool, { connect, query });
}

const states = async () =>
	(await clinic.rows<{ state: string }>('select state from messages')).map((m) => m.state);

test('what the mail server said is kept while PostgreSQL is away, and written down when it is back', async () => {
	const app = backAfter(2 * MINUTE);
	await sendQueued(app, undefined, (to) => thenDo(to, goAway));
	expect(await states()).toEqual(['sent', 'sent', 'sent']);
	await clinic.pass(DAY);
	expect(await clinic.states()).toEqual({ 'exited sent': 3 });
	expect(server.taken).toHaveLength(3);
	expect(await clinic.counts('sent')).toEqual({ 'mail sent': 3 });
});

test('who is asked to end meanwhile does not wait for the lease', async () => {
	const app = backAfter(DAY);
	const from = clinic.clock.now();
	const isAsked = () => clinic.clock.now() - from > 10 * SECOND;
	const sending = sendQueued(app, isAsked, (to) => thenDo(to, goAway));
	await expect(sending).rejects.toThrow();
	expect(clinic.clock.now() - from).toBeLessThan(20 * SECOND);
	await comeBack();
	expect(await states()).toEqual(['sending', 'sending', 'sending']);
	await clinic.pass(10 * MINUTE);
	expect(await states()).toEqual(['unknown', 'unknown', 'unknown']);
	expect(server.taken).toHaveLength(3);
});

test('a record whose commit was not answered is not done twice', async () => {
	// The first commit is the claim's.
	await sendQueued({ ...clinic.app, pool: losingAnswer(2) });
	expect(await states()).toEqual(['sent', 'sent', 'sent']);
	expect(await clinic.counts('sent')).toEqual({ 'mail sent': 3 });
});

test('a claim whose commit was not answered goes back, since nothing of it was begun', async () => {
	await expect(sendQueued({ ...clinic.app, pool: losingAnswer(1) })).rejects.toThrow('not answered');
	expect(await states()).toEqual(['queued', 'queued', 'queued']);
	expect(server.taken).toEqual([]);
	await clinic.settle();
	expect(await states()).toEqual(['sent', 'sent', 'sent']);
	expect(server.taken).toHaveLength(3);
});

test('what was claimed goes back where PostgreSQL is away before anything is begun', async () => {
	await clinic.tell(await clinic.crowd(101), 'mailed.came', { key: 'more' });
	await clinic.route();
	await clinic.pump();
	await expect(
		sendQueued(backAfter(MINUTE), undefined, undefined, true, undefined, async () => {
			await goAway();
			await clinic.pool.query('select 1');
		})
	).rejects.toThrow();
	expect(server.taken).toEqual([]);
	expect(new Set(await states())).toEqual(new Set(['queued']));
	await clinic.settle();
	expect(new Set(await states())).toEqual(new Set(['sent']));
});

test('the answer to a call is kept too, and the call is made once', async () => {
	await clinic.publish(
		'calling',
		draw(
			{
				come: ['trigger.transactional', { event: 'calling.came' }],
				call: ['webhook.call', { url: 'https://ehr.example/hook', method: 'POST' }],
				answered: ['exit', { reason: 'answered' }],
				failed: ['exit', { reason: 'failed' }]
			},
			['come -> call', 'call -> answered', 'call.failed -> failed']
		)
	);
	await clinic.settle();
	await clinic.tell('p1', 'calling.came');
	await clinic.route();
	await clinic.pump();
	let calls = 0;
	const call = async () => {
		calls++;
		// Another lane looks for calls meanwhile; what it is in the midst of is no part of this test.
		const { pool } = clinic.database;
		while (pool.waitingCount > 0 || pool.idleCount < pool.totalCount) await new Promise(setImmediate);
		await goAway();
		return { outcome: 'answered' as const, status: 200 };
	};
	await callQueued(backAfter(20 * SECOND), undefined, () => Promise.resolve({ call }));
	await clinic.pass(DAY);
	expect(calls).toBe(1);
	expect(await clinic.rows(`select state, attempts from webhook_calls`)).toEqual([
		{ state: 'answered', attempts: 1 }
	]);
});
