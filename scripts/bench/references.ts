// What stands beside the runtime's figures: one job a step, the shape of the peers, and a bare batched update.
import { Logger, run } from 'graphile-worker';
import type { BenchDatabase } from './database.ts';
import type { Figures } from './main.ts';

const CHAINS = 200;
const STEPS = 7;

/** graphile-worker with one job a step: each updates its contact's row and queues the next. */
export async function measureJobPerStep({ pool }: BenchDatabase): Promise<Figures> {
	await pool.query('create table job_steps (id int primary key, step int not null)');
	await pool.query('insert into job_steps select n, 0 from generate_series(1, $1) n', [CHAINS]);
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
			async step(payload, { query, addJob }) {
				const { id, step } = payload as { id: number; step: number };
				await query('update job_steps set step = $2 where id = $1', [id, step]);
				if (step < STEPS) await addJob('step', { id, step: step + 1 });
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
