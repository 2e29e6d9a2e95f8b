import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, draw, email } from '../support/journey.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { Fleet } from '../support/processes.ts';

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
	fleet = await Fleet.build(clinic.database.url);
}, 120_000);
afterAll(async () => {
	await fleet.close();
	await mails.close();
	await clinic.close();
});

async function tell(who: string[], name: string): Promise<void> {
	clinic.clock.set(Date.now());
	await clinic.tell(who, name);
}

async function until(look: () => Promise<boolean>): Promise<void> {
	while (!(await look())) await new Promise((done) => setTimeout(done, 50));
}

const exited = (slug: string) =>
	clinic.count(
		`enrollments e join journeys j on j.id = e.journey_id where j.slug = $1 and e.state = 'exited'`,
		[slug]
	);

/** Keeps every batch waiting at its write, until the function it gives is called. */
async function closeGate(): Promise<() => Promise<void>> {
	const holder = new pg.Client({ connectionString: clinic.database.url });
	await holder.connect();
	await holder.query('select pg_advisory_lock($1)', [GATE]);
	await clinic.pool.query(
		`create or replace function at_gate() returns trigger language plpgsql as $$ begin
			perform pg_advisory_xact_lock_shared(${GATE}); return new; end $$`
	);
	await clinic.pool.query(
		'create trigger at_gate before insert on step_paths for each row execute function at_gate()'
	);
	return async () => {
		await holder.end();
		await until(async () => {
			await clinic.pool.query('drop trigger if exists at_gate on step_paths');
			return true;
		});
	};
}

const heldPump = () =>
	clinic.rows<{ id: number; locked_by: string }>(
		`select j.id, j.locked_by from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
		 where t.identifier = 'pump' and j.locked_by is not null order by j.locked_at limit 1`
	);

const READY = { status: 200, text: 'ready\n' };
async function readiness(url: string): Promise<{ status: number; text: string }> {
	const answer = await fetch(`${url}/readyz`);
	return { status: answer.status, text: await answer.text() };
}

test('what a worker killed with a job in its hands held is free again, and everybody is moved once', async () => {
	const first = await fleet.start('worker');
	expect(await readiness(first.url)).toEqual(READY);
	const openGate = await closeGate();
	await tell(people.slice(0, 50), 'killed.came');
	await until(async () => (await heldPump()).length > 0);
	const [held] = await heldPump();
	first.signal('SIGKILL');
	expect(await first.ended).toBe(null);
	await openGate();
	expect(await heldPump(), 'nobody freed it by itself').toContainEqual(held);

	const [second, sender] = [await fleet.start('worker'), await fleet.start('sender')];
	await until(
		async () => (await clinic.count('graphile_worker._private_jobs where id = $1', [held?.id])) === 0
	);
	await until(async () => (await exited('killed')) === 50);
	await until(async () => (await clinic.count(`messages where state = 'sent'`)) === 50);
	expect(mails.taken.toSorted()).toEqual(
		people
			.slice(0, 50)
			.map((id) => `${id}@example.test`)
			.toSorted()
	);
	await expectOneStory(clinic.pool);
	for (const process of [second, sender]) {
		process.signal('SIGTERM');
		expect(await process.ended).toBe(0);
	}
	expect(await clinic.count('worker_beats')).toBe(0);
	expect(await clinic.count('processes')).toBe(0);
}, 60_000);

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
		oldest?.signal('SIGTERM');
		expect(await oldest?.ended).toBe(0);
		fleetOf = [...others, await fleet.start(role)];
	}
	isRolled = true;
	await coming;
	await until(async () => (await exited('rolled')) === 600);
	await until(async () => (await clinic.count(`messages where state in ('queued', 'sending')`)) === 0);
	expect(mails.taken.toSorted()).toEqual(who.map((id) => `${id}@example.test`).toSorted());
	expect(await clinic.count(`messages where state <> 'sent'`)).toBe(0);
	await expectOneStory(clinic.pool);
	for (const process of fleetOf) process.signal('SIGTERM');
	expect(await Promise.all(fleetOf.map((process) => process.ended))).toEqual([0, 0, 0]);
}, 120_000);

test('two workers share what one of them was woken for, each in shards of its own', async () => {
	const workers = [await fleet.start('worker'), await fleet.start('worker')];
	await tell(people, 'shared.came');
	await until(async () => (await exited('shared')) === PEOPLE);
	const shards = await clinic.rows<{ shard: number }>(
		`select distinct c.shard from step_counts c join journey_versions v on v.id = c.version_id join journeys j on j.id = v.journey_id
		 where j.slug = 'shared' and (c.shard < 100 or c.shard >= 1000)`
	);
	expect(shards.some(({ shard }) => shard < 100)).toBe(true);
	expect(shards.some(({ shard }) => shard >= 1000)).toBe(true);
	await expectOneStory(clinic.pool);
	for (const process of workers) process.signal('SIGTERM');
	expect(await Promise.all(workers.map((process) => process.ended))).toEqual([0, 0]);
}, 120_000);

test('one that is asked to end says so at once, ends its batch, and leaves the rest to others', async () => {
	const worker = await fleet.start('worker');
	const openGate = await closeGate();
	await tell(people.slice(0, 50), 'drained.came');
	await until(async () => (await heldPump()).length > 0);
	worker.signal('SIGTERM');
	await until(async () => (await readiness(worker.url)).status === 503);
	expect(await readiness(worker.url)).toEqual({ status: 503, text: 'draining\n' });
	expect((await fetch(`${worker.url}/healthz`)).status).toBe(200);
	await openGate();
	expect(await worker.ended).toBe(0);
	expect(await clinic.count(`graphile_worker._private_jobs where locked_by is not null`)).toBe(0);
	const other = await fleet.start('worker');
	await until(async () => (await exited('drained')) === 50);
	await expectOneStory(clinic.pool);
	other.signal('SIGTERM');
	expect(await other.ended).toBe(0);
}, 60_000);
