import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { enqueuePump } from '../../src/lib/runtime/door.ts';
import { startWorkers, type Workers } from '../../src/lib/runtime/workers.ts';
import { systemClock, type App } from '../../src/lib/server/app.ts';
import { locks } from '../../src/lib/server/db/locks.ts';
import { expectOneStory } from '../support/audit.ts';
import { Clinic, draw, email } from '../support/journey.ts';

const CANARY = 'canary-HIV-positive';

let clinic: Clinic;
let workers: Workers;
const log: string[] = [];
beforeAll(async () => {
	// Real time here: the worker's own queue runs by the database's clock.
	clinic = await Clinic.open(new Date().toISOString());
	await clinic.publish(
		'work',
		draw(
			{
				come: ['trigger.transactional', { event: 'work.came' }],
				mail: email(),
				pause: ['wait.for', { duration: 'PT1S' }],
				answer: ['wait.event', { event: 'work.answered', timeout: 'P1D' }],
				end: ['exit', { reason: 'answered' }]
			},
			['come -> mail', 'mail -> pause', 'pause -> answer', 'answer.happened -> end']
		)
	);
	await clinic.attribute('diagnosis', 'text', true);
	await clinic.crowd(50, () => ({ attributes: { diagnosis: CANARY } }));
	const app: App = {
		...clinic.app,
		clock: systemClock,
		log: pino({ level: 'trace' }, { write: (line) => void log.push(line) })
	};
	workers = await startWorkers(app);
});
afterAll(async () => {
	await workers.stop();
	await clinic.close();
});

/** Looks until `look` says yes; the test's own time-out is the bound. */
async function until(look: () => Promise<boolean>): Promise<number> {
	const from = performance.now();
	while (!(await look()));
	return performance.now() - from;
}

const tell = async (who: string[], name: string, properties = {}) => {
	clinic.clock.set(Date.now());
	await clinic.tell(who, name, { properties });
};
const everyone = Array.from({ length: 50 }, (_, n) => `p${n + 1}`);

test(
	'an event alone sets everything going: entered, moved, mailed, waited and answered, with nobody pushing',
	{ timeout: 60_000 },
	async () => {
		await tell(everyone, 'work.came', { note: CANARY });
		const mailed = await until(async () => (await clinic.count('caught_mails')) === 50);
		// Seconds, not the minute of the safety net; this machine may be busy.
		expect(mailed).toBeLessThan(20_000);
		await until(async () => (await clinic.count(`enrollments where waiting_for = 'event'`)) === 50);
		await tell(everyone, 'work.answered');
		await until(async () => (await clinic.count(`enrollments where state = 'exited'`)) === 50);
		await until(async () => (await clinic.count(`messages where state = 'sent'`)) === 50);
		expect(await clinic.count('graphile_worker._private_jobs where last_error is not null')).toBe(0);
		await expectOneStory(clinic.pool);
	}
);

test(
	'who holds a job beats, so that nobody takes it for dead however long the job runs',
	{ timeout: 30_000 },
	async () => {
		const client = await clinic.pool.connect();
		// The router's own lock: its job can't end meanwhile.
		await client.query('select pg_advisory_lock($1)', [locks.route]);
		await tell(['p1'], 'work.came');
		const held = 'graphile_worker._private_jobs where locked_by is not null';
		await until(
			async () => (await clinic.count(`${held} and locked_by in (select worker_id from worker_beats)`)) > 0
		);
		await client.query('select pg_advisory_unlock($1)', [locks.route]);
		client.release();
		await until(async () => (await clinic.count('event_queue')) === 0);
	}
);

test(
	'a database that goes away under a job ends no process; the workers start again, and the job is done',
	{ timeout: 60_000 },
	async () => {
		const holder = new pg.Client({ connectionString: clinic.database.url });
		await holder.connect();
		await holder.query('select pg_advisory_lock($1)', [locks.route]);
		await tell(['p2'], 'work.came');
		await until(
			async () =>
				(await clinic.count(
					`pg_stat_activity where query like '%advisory_xact_lock%' and wait_event = 'advisory'`
				)) > 0
		);
		// Nobody can connect while the job fails: it can't be closed either.
		holder.on('error', () => {});
		const admin = new pg.Client({ connectionString: inject('clusterUrl') });
		await admin.connect();
		const { database } = holder;
		await admin.query(`alter database ${database} allow_connections false`);
		await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
			database
		]);
		await until(async () => {
			await new Promise(setImmediate);
			return log.join('').includes('the workers lost the database');
		});
		await admin.query(`alter database ${database} allow_connections true`);
		await admin.end();
		await until(async () => (await clinic.count('event_queue').catch(() => 1)) === 0);
	}
);

test(
	'what a failing task leaves in the queue’s tables and the log says nothing about anybody',
	{ timeout: 60_000 },
	async () => {
		await clinic.pool.query(
			`create function leak() returns trigger language plpgsql as $$ begin
			raise exception 'broken for %', '${CANARY}' using errcode = '40001', detail = '${CANARY}'; end $$`
		);
		await clinic.pool.query(
			'create trigger leak before update on enrollments for each row execute function leak()'
		);
		await clinic.crowd(51, () => ({ attributes: { diagnosis: CANARY } }));
		await tell(['p51'], 'work.came', { note: CANARY });
		await enqueuePump(clinic.pool);
		await until(
			async () => (await clinic.count('graphile_worker._private_jobs where last_error is not null')) > 0
		);
		const [job] = await clinic.rows<{ last_error: string }>(
			'select last_error from graphile_worker._private_jobs where last_error is not null'
		);
		expect(job?.last_error).toContain('pump failed (40001)');
		const { text } = await clinic.one<{ text: string }>(
			`select coalesce(string_agg(j::text, ' '), '') as text from graphile_worker._private_jobs j`
		);
		expect(text).not.toContain(CANARY);
		expect(log.join('')).not.toContain(CANARY);
		expect(log.join('')).toContain('40001');
		await clinic.pool.query('drop trigger leak on enrollments');
		await enqueuePump(clinic.pool);
		await until(async () => (await clinic.count(`enrollments where waiting_for = 'event'`)) === 1);
		await expectOneStory(clinic.pool);
	}
);
