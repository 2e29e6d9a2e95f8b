// What stands beside the runtime's figures: one job a step, the shape of the peers, and a bare batched update.
import { Logger, run, type JobHelpers } from 'graphile-worker';
import type { BenchDatabase } from './database.ts';
import type { Figures } from './main.ts';

const CHAINS = 200;
const STEPS = 7;

// The seven steps of `seven-steps.ts`, whose waits are over at once.
const SENDS = [2, 5];
const DECIDES = 4;

const TABLES = `
create table job_contacts (id int primary key, attributes jsonb not null);
create table job_enrollments (id int primary key, contact_id int not null, step int not null, state text not null, arrived_at timestamptz not null);
create table job_paths (enrollment_id int not null, step int not null, outcome text not null, at timestamptz not null, primary key (enrollment_id, step));
create table job_messages (id bigint generated always as identity primary key, enrollment_id int not null, step int not null, contact_id int not null,
	state text not null, unique (enrollment_id, step))`;

// All that a step writes in one statement, the next job among it: no peer asks less of its database.
const WRITE = `with moved as (
	update job_enrollments set step = $2, state = case when $2 < ${STEPS} then 'active' else 'exited' end, arrived_at = now() where id = $1
), passed as (
	insert into job_paths (enrollment_id, step, outcome, at) values ($1, $2, $3, now())
), sent as (
	insert into job_messages (enrollment_id, step, contact_id, state) select $1, $2, $4, 'queued' where $5
) select case when $2 < ${STEPS} then (graphile_worker.add_job('step', json_build_object('id', $1::int, 'step', $2::int + 1))).id end`;

/**
 * graphile-worker as it comes, with one job a step. Each does what such an engine must: it loads the enrollment with its
 * contact, decides, and commits where the contact stands now, the trace, the message of a step that sends, and the next job.
 * It seals nothing and keeps no counts.
 */
export async function measureJobPerStep({ pool }: BenchDatabase): Promise<Figures> {
	await pool.query(TABLES);
	await pool.query(
		`insert into job_contacts select n, jsonb_build_object('age', n % 90, 'firstName', 'Pat' || n) from generate_series(1, $1) n`,
		[CHAINS]
	);
	await pool.query(`insert into job_enrollments select id, id, 0, 'active', now() from job_contacts`);
	let left = CHAINS * STEPS;
	let finish = () => {};
	const finished = new Promise<void>((resolve) => (finish = resolve));
	const runner = await run({
		pgPool: pool,
		concurrency: 10,
		noHandleSignals: true,
		pollInterval: 100,
		logger: new Logger(() => () => {}),
		taskList: {
			async step(payload, helpers) {
				await takeStep(payload as Step, helpers);
				if (--left === 0) finish();
			}
		}
	});
	const from = performance.now();
	await pool.query(
		`select graphile_worker.add_job('step', json_build_object('id', n, 'step', 1)) from generate_series(1, $1) n`,
		[CHAINS]
	);
	await finished;
	const seconds = (performance.now() - from) / 1000;
	await runner.stop();
	return { 'runtime.job_per_step_per_s': (CHAINS * STEPS) / seconds };
}

interface Step {
	id: number;
	step: number;
}

async function takeStep({ id, step }: Step, { query }: JobHelpers): Promise<void> {
	const { rows } = await query<{ contact_id: number; attributes: { age: number } }>(
		'select e.contact_id, c.attributes from job_enrollments e join job_contacts c on c.id = e.contact_id where e.id = $1',
		[id]
	);
	const [found] = rows;
	if (!found) throw new Error(`Enrollment ${id} is gone.`);
	const isOlder = found.attributes.age >= 40;
	const outcome = step === DECIDES ? (isOlder ? 'yes' : 'no') : 'next';
	await query(WRITE, [id, step, outcome, found.contact_id, SENDS.includes(step)]);
}

const ROWS = 100_000;
const BATCH = 1000;

/** One `update … from unnest` a thousand rows, committed, on a row with two indexes: what no runtime can pass. */
export async function measureBareUpdate({ pool }: BenchDatabase): Promise<Figures> {
	await pool.query('create table bare (id int primary key, due_at timestamptz, state text)');
	await pool.query(`insert into bare select n, now(), 'waiting' from generate_series(1, $1) n`, [ROWS]);
	await pool.query('create index bare_due on bare (due_at) where due_at is not null');
	await pool.query('vacuum analyze bare');
	const from = performance.now();
	for (let first = 1; first <= ROWS; first += BATCH) {
		const ids = Array.from({ length: BATCH }, (_, at) => first + at);
		await pool.query(
			`update bare b set due_at = now() + interval '1 day', state = 'active' from unnest($1::int[]) as u (id) where b.id = u.id`,
			[ids]
		);
	}
	return { 'runtime.bare_update_rows_per_s': ROWS / ((performance.now() - from) / 1000) };
}
