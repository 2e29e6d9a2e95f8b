import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { shardOfLane } from '../../src/lib/runtime/counts.ts';
import { enqueuePump } from '../../src/lib/runtime/door.ts';
import { freeAll } from '../../src/lib/runtime/heartbeat.ts';
import { LANES } from '../../src/lib/runtime/tasks.ts';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, draw, email } from '../support/journey.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { Fleet, type RunningProcess } from '../support/processes.ts';

const PEOPLE = 2400;
const GATE = 4711;

let clinic: Clinic;
let fleet: Fleet;
let mails: MailServer;
let people: string[];
beforeAll(async () => {
	clinic = await Clinic.open(new Date().toISOString());
	mails = await startMailServer(clinic.app);
	people = await clinic.crowd(PEOPLE);
	for (const slug of ['killed', 'rolled', 'shared', 'drained'])
		await clinic.publish(
			slug,
			draw(
				{
					come: ['trigger.transactional', { event: `${slug}.came` }],
					pause: ['wait.for', { duration: 'PT1S' }],
					mail: email(),
					end: ['exit', {}]
				},
				['come -> pause', 'pause -> mail', 'mail -> end']
			)
		);
	await clinic.pool.query(
		`create function at_gate() returns trigger language plpgsql as $$ begin
			perform pg_advisory_xact_lock_shared(${GATE}); return new; end $$`
	);
	// Each batch goes through it at its write. Made once: made and dropped while batches write, it would be in a deadlock with them.
	await clinic.pool.query(
		'create trigger at_gate before insert on step_paths for each row execute function at_gate()'
	);
	fleet = await Fleet.build(clinic.database.url);
}, 120_000);
// A failed test leaves processes at work, or the gate closed; the next one must find neither.
afterEach(async () => {
	await fleet.killAll();
	await openGate?.();
	await freeAll(clinic.pool);
});
afterAll(async () => {
	await fleet.close();
	await mails.close();
	await clinic.close();
});

async function tell(who: string[], name: string): Promise<void> {
	clinic.clock.set(Date.now());
	await clinic.tell(who, name);
}

// Far more than any of it takes where other work fills the machine, and less than a test may.
const PATIENCE_MS = 90_000;

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
	const end = Date.now() + PATIENCE_MS;
	while (!(await look())) {
		if (Date.now() > end) throw new Error(`Waited ${PATIENCE_MS / 1000} s until ${what}.`);
		await new Promise((done) => setTimeout(done, 50));
	}
}

/** Asks them to end; all do so with 0. */
async function end(...processes: RunningProcess[]): Promise<void> {
	for (const process of processes) process.signal('SIGTERM');
	expect(await Promise.all(processes.map(({ ended }) => ended))).toEqual(processes.map(() => 0));
}

const exited = (slug: string) =>
	clinic.count(
		`enrollments e join journeys j on j.id = e.journey_id where j.slug = $1 and e.state = 'exited'`,
		[slug]
	);

let openGate: (() => Promise<void>) | undefined;

/** Keeps every batch waiting at its write, until `openGate`. */
async function closeGate(): Promise<void> {
	const holder = new pg.Client({ connectionString: clinic.database.url });
	await holder.connect();
	await holder.query('select pg_advisory_lock($1)', [GATE]);
	openGate = async () => {
		openGate = undefined;
		await holder.end();
	};
}

/** Batches that wait at the gate; an empty job does not. */
const atGate = () =>
	clinic.count(
		`pg_locks where locktype = 'advisory' and not granted and objid = $1
			and database = (select oid from pg_database where datname = current_database())`,
		[GATE]
	);

const heldPumps = () =>
	clinic.rows<{ id: number; locked_by: string }>(
		`select j.id, j.locked_by from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
		 where t.identifier = 'pump' and j.locked_by is not null order by j.id`
	);

const READY = { status: 200, text: 'ready\n' };
async function readiness(url: string): Promise<{ status: number; text: string }> {
	const answer = await fetch(`${url}/readyz`);
	return { status: answer.status, text: await answer.text() };
}

test('what a worker killed with a job in its hands held is free again, and everybody is moved once', async () => {
	const first = await fleet.start('worker');
	expect(await readiness(first.url)).toEqual(READY);
	await closeGate();
	await tell(people.slice(0, 50), 'killed.came');
	await until('a batch is at the gate', async () => (await atGate()) > 0);
	first.signal('SIGKILL');
	expect(await first.ended).toBe(null);
	await openGate?.();
	// The batch came to nothing with the connection that it had; its job is still the dead one's.
	const held = await heldPumps();
	expect(held.length, 'nobody freed it by itself').toBeGreaterThan(0);
	// As the minute's cron does, should one begin here: the dead one's job has a newer one beside it.
	await enqueuePump(clinic.pool);

	const [second, sender] = [await fleet.start('worker'), await fleet.start('sender')];
	const left = 'graphile_worker._private_jobs where id = any($1)';
	await until(
		'what the dead held is done',
		async () => (await clinic.count(left, [held.map(({ id }) => id)])) === 0
	);
	await until('all have ended', async () => (await exited('killed')) === 50);
	await until('all is sent', async () => (await clinic.count(`messages where state = 'sent'`)) === 50);
	expect(mails.taken.toSorted()).toEqual(
		people
			.slice(0, 50)
			.map((id) => `${id}@example.test`)
			.toSorted()
	);
	await expectOneStory(clinic.pool);
	await end(second);
	await end(sender);
	expect(await clinic.count('worker_beats')).toBe(0);
	expect(await clinic.count('processes')).toBe(0);
}, 180_000);

test('one that is asked to end while it starts ends as well as any, and leaves nothing behind', async () => {
	const worker = await fleet.begin('worker');
	await until('it has begun', async () => (await clinic.count('processes')) === 1);
	await end(worker);
	expect(await clinic.count('worker_beats')).toBe(0);
	expect(await clinic.count('processes')).toBe(0);
}, 180_000);

test('processes are ended and replaced one by one while people come in: nobody is lost, nobody is written to twice', async () => {
	mails.taken.length = 0;
	let fleetOf = await Promise.all([fleet.start('worker'), fleet.start('sender'), fleet.start('worker')]);
	const who = people.slice(0, 600);
	let isRolled = false;
	const coming = (async () => {
		for (let at = 0; at < who.length; at += 20) {
			await tell(who.slice(at, at + 20), 'rolled.came');
			if (!isRolled) await new Promise((done) => setTimeout(done, 200));
		}
	})();
	for (const role of ['worker', 'sender', 'worker'] as const) {
		const [oldest, ...others] = fleetOf;
		if (oldest) await end(oldest);
		fleetOf = [...others, await fleet.start(role)];
	}
	isRolled = true;
	await coming;
	await until('all have ended', async () => (await exited('rolled')) === 600);
	await until(
		'all is sent',
		async () => (await clinic.count(`messages where state in ('queued', 'sending')`)) === 0
	);
	expect(mails.taken.toSorted()).toEqual(who.map((id) => `${id}@example.test`).toSorted());
	expect(await clinic.count(`messages where state <> 'sent'`)).toBe(0);
	await expectOneStory(clinic.pool);
	await end(...fleetOf);
}, 300_000);

test('two workers share what one of them was woken for, each in shards of its own', async () => {
	const workers = [await fleet.start('worker'), await fleet.start('worker')];
	const slots = await clinic.rows<{ slot: number }>('select slot from processes');
	await closeGate();
	await tell(people, 'shared.came');
	// A batch takes a thousand of them at most: one worker's lanes are not enough.
	await until('both are at the gate', async () => (await atGate()) > LANES);
	await openGate?.();
	await until('all have ended', async () => (await exited('shared')) === PEOPLE);
	const counted = await clinic.rows<{ shard: number }>(
		`select distinct c.shard from step_counts c join journey_versions v on v.id = c.version_id join journeys j on j.id = v.journey_id
		 where j.slug = 'shared'`
	);
	const shards = new Set(counted.map(({ shard }) => shard));
	const shardsOf = (slot: number) => Array.from({ length: LANES }, (_, lane) => shardOfLane(slot, lane));
	expect(slots).toHaveLength(2);
	for (const { slot } of slots) expect(shardsOf(slot).some((shard) => shards.has(shard))).toBe(true);
	await expectOneStory(clinic.pool);
	await end(...workers);
}, 300_000);

test('one that is asked to end says so at once, ends its batch, and leaves the rest to others', async () => {
	const worker = await fleet.start('worker');
	await closeGate();
	await tell(people.slice(0, 50), 'drained.came');
	await until('a batch is at the gate', async () => (await atGate()) > 0);
	worker.signal('SIGTERM');
	await until('it says so', async () => (await readiness(worker.url)).status === 503);
	expect(await readiness(worker.url)).toEqual({ status: 503, text: 'draining\n' });
	expect((await fetch(`${worker.url}/healthz`)).status).toBe(200);
	await openGate?.();
	expect(await worker.ended).toBe(0);
	expect(await clinic.count(`graphile_worker._private_jobs where locked_by is not null`)).toBe(0);
	const other = await fleet.start('worker');
	await until('all have ended', async () => (await exited('drained')) === 50);
	await expectOneStory(clinic.pool);
	await end(other);
}, 240_000);
