/** The worker side of the process: graphile-worker with Stepwell's tasks, its minute cron, and its heartbeat. */
import { Logger, run, runMigrations, type Runner, type TaskList } from 'graphile-worker';
import type { App } from '$lib/server/app.ts';
import { Trace } from '$lib/server/trace.ts';
import { startHeartbeat } from './heartbeat.ts';
import { makeTasks, type TimedWork } from './tasks.ts';

export interface Workers {
	/** Waits for running batches, then ends. */
	stop(): Promise<void>;
}

const CONCURRENCY = 4;
// Timers are late by at most this.
const POLL_MS = 500;

// The safety net: what a lost wake-up left behind is found within a minute. A key keeps a busy minute from piling up jobs.
const CRONTAB = [
	'* * * * * pump ?jobKey=pump&max=3',
	'* * * * * route ?jobKey=route&max=3',
	'* * * * * send ?jobKey=send&max=3',
	'* * * * * call ?jobKey=call&max=3',
	'* * * * * admit ?jobKey=admit&max=3',
	'* * * * * watch ?jobKey=watch&max=3',
	'7 3 * * * tidy ?jobKey=tidy&max=3',
	'23 * * * * hourly ?jobKey=hourly&max=3'
].join('\n');

/** Starts the workers. `daily` and `hourly` are what other rooms have to do once a day and once an hour. */
export async function startWorkers(
	app: App,
	daily: TimedWork[] = [],
	hourly: TimedWork[] = []
): Promise<Workers> {
	await runMigrations({ pgPool: app.pool, logger: loggerFor(app) });
	let stopping = false;
	const runner = await run({
		pgPool: app.pool,
		taskList: scrubbed(
			app,
			makeTasks(app, () => stopping, daily, hourly)
		),
		crontab: CRONTAB,
		concurrency: CONCURRENCY,
		pollInterval: POLL_MS,
		noHandleSignals: true,
		logger: loggerFor(app)
	});
	const heartbeat = await startHeartbeat(app, workerIdsOf(runner));
	return {
		async stop() {
			stopping = true;
			await heartbeat.stop();
			await runner.stop();
		}
	};
}

// Worker ids are drawn when the pool starts them; the events tell each.
function workerIdsOf(runner: Runner): Set<string> {
	const ids = new Set<string>();
	runner.events.on('job:start', ({ worker }) => ids.add(worker.workerId));
	return ids;
}

// graphile-worker keeps a thrown error's text in its tables and prints it; a database error can quote a row. What is kept is
// the task and the code; the whole error never leaves `failureOf`.
function scrubbed(app: App, tasks: TaskList): TaskList {
	return Object.fromEntries(
		Object.entries(tasks).map(([name, task]) => [
			name,
			async (payload, helpers) => {
				const code = await failureOf(app, name, async () => task?.(payload as never, helpers));
				if (code) throw new Error(`${name} failed (${code})`);
			}
		])
	);
}

async function failureOf(app: App, task: string, work: () => Promise<unknown>): Promise<string | null> {
	try {
		await work();
		return null;
	} catch (error) {
		const code = (error as { code?: string }).code ?? (error as Error).name;
		app.log.error({ task, error: new Trace(error) }, 'task failed; it will be tried again');
		return code;
	}
}

function loggerFor(app: App): Logger {
	return new Logger(() => (level, message) => {
		if (level === 'error' || level === 'warning')
			app.log.warn({ worker: message.slice(0, 200) }, 'graphile-worker');
	});
}
