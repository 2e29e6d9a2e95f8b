/**
 * Runs the jobs that the product left behind, by graphile-worker itself: those that plan entries when a journey was published
 * or resumed, or a contact came. What moves people is called in the language's order instead (`pass.ts`).
 */
import { Logger, runOnce } from 'graphile-worker';
import type { App } from '$lib/server/app.ts';
import { makeTasks } from '../tasks.ts';

// The breaker does not act in a rehearsal (§9).
const NOT_RUN = ['pump', 'route', 'send', 'call', 'admit', 'watch', 'tell-owner'];

export async function runJobs(app: App): Promise<void> {
	const { rows } = await app.pool.query<{ any: boolean }>(
		'select exists (select from graphile_worker.jobs where task_identifier <> all ($1)) as any',
		[NOT_RUN]
	);
	if (!rows[0]?.any) return;
	const tasks = Object.entries(makeTasks(app, () => false, [], []));
	await runOnce({
		pgPool: app.pool,
		taskList: Object.fromEntries(tasks.filter(([name]) => !NOT_RUN.includes(name))),
		noHandleSignals: true,
		logger: new Logger(() => () => {})
	});
	await requireNoneFailed(app);
}

async function requireNoneFailed({ pool }: App): Promise<void> {
	const { rows } = await pool.query<{ task: string; error: string }>(
		'select task_identifier as task, last_error as error from graphile_worker.jobs where last_error is not null'
	);
	for (const { task, error } of rows) throw new Error(`The job ${task} failed: ${error}`);
}
