/** The worker side of the process: graphile-worker with Stepwell's tasks, its minute cron, and its heartbeat. */
import { EventEmitter } from 'node:events';
import { Logger, run, runMigrations, type Runner, type TaskList, type WorkerEvents } from 'graphile-worker';
import type { App, ProcessRole } from '$lib/server/app.ts';
import { Trace } from '$lib/server/trace.ts';
import { startHeartbeat, type Tempo, type WorkerIds } from './heartbeat.ts';
import { keepRunning } from './keep-running.ts';
import { LANES, makeTasks, type TimedWork } from './tasks.ts';

export interface Workers {
	/** Takes no new job, waits for running batches and hand-overs, then ends. */
	stop(): Promise<void>;
}

// Timers are late by at most this.
const POLL_MS = 500;

// Each has slots of its own: bulk in the lanes keeps no event waiting, and a lane that is taken here is looked for elsewhere.
const SLOTS = { pump: LANES, send: 1, rest: 3 } as const;

// What happens once a day and once an hour stays with the pages: the audit log's checkpoints lie in their folder.
const OF_WEB: readonly string[] = ['tidy', 'hourly'];

// The safety net: what a lost wake-up left behind is found within a minute. A key keeps a busy minute from piling up jobs.
const CRONTAB = [
	['pump', '* * * * *'],
	['route', '* * * * *'],
	['send', '* * * * *'],
	['call', '* * * * *'],
	['admit', '* * * * *'],
	['watch', '* * * * *'],
	['tidy', '7 3 * * *'],
	['hourly', '23 * * * *']
] as const;

/** Whether processes of a role run a task. */
export function runsTask(role: ProcessRole, task: string): boolean {
	switch (role) {
		case 'all':
			return true;
		case 'web':
			return OF_WEB.includes(task);
		case 'sender':
			return task === 'send';
		case 'worker':
			return task !== 'send' && !OF_WEB.includes(task);
	}
}

/**
 * Starts the workers that this process's role asks for. `daily` and `hourly` are what other rooms have to do once a day and
 * once an hour.
 */
export async function startWorkers(
	app: App,
	daily: TimedWork[] = [],
	hourly: TimedWork[] = [],
	tempo?: Tempo
): Promise<Workers> {
	await runMigrations({ pgPool: app.pool, logger: loggerFor(app) });
	let stopping = false;
	const role = app.process?.role ?? 'all';
	const tasks = Object.entries(
		scrubbed(
			app,
			makeTasks(app, () => stopping, daily, hourly)
		)
	).filter(([task]) => runsTask(role, task));
	const { events, ids } = notedWorkers();
	const heartbeat = await startHeartbeat(app, ids, tempo);
	const runners = await Promise.all(
		groupsOf(tasks).map((group) => keepRunning(app, () => runGroup(app, events, group)))
	);
	return {
		async stop() {
			stopping = true;
			await Promise.all(runners.map((runner) => runner.stop()));
			// Last: whoever does not beat any more is taken for dead, and what it holds for free.
			await heartbeat.stop();
		}
	};
}

interface Group {
	taskList: TaskList;
	concurrency: number;
}

function groupsOf(tasks: [string, TaskList[string]][]): Group[] {
	const groupOf = (task: string) => (task === 'pump' || task === 'send' ? task : 'rest');
	return (['pump', 'send', 'rest'] as const)
		.map((group) => ({
			taskList: Object.fromEntries(tasks.filter(([task]) => groupOf(task) === group)),
			concurrency: SLOTS[group]
		}))
		.filter(({ taskList }) => Object.keys(taskList).length > 0);
}

function runGroup(app: App, events: WorkerEvents, { taskList, concurrency }: Group): Promise<Runner> {
	return run({
		pgPool: app.pool,
		taskList,
		crontab: CRONTAB.filter(([task]) => task in taskList)
			.map(([task, when]) => `${when} ${task} ?jobKey=${task}&max=3`)
			.join('\n'),
		concurrency,
		pollInterval: POLL_MS,
		noHandleSignals: true,
		logger: loggerFor(app),
		events,
		// At once, yet by the way whose failure ends the pool: else a job that can't be closed, since the database is away,
		// ends the process with a rejection that nobody handles.
		preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } }
	});
}

// A job is locked in the name of its pool, not of the worker that runs it; the event tells the name before the first job.
function notedWorkers(): { events: WorkerEvents; ids: WorkerIds } {
	const ids: WorkerIds = { alive: new Set(), ever: new Set() };
	const events = new EventEmitter() as WorkerEvents;
	events.on('pool:create', ({ workerPool: { id } }) => {
		ids.alive.add(id);
		ids.ever.add(id);
	});
	// What it holds is free once it is taken for dead.
	events.on('pool:fatalError', ({ workerPool }) => ids.alive.delete(workerPool.id));
	return { events, ids };
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
