import { z } from 'zod';
import { ingestOf } from '../../ingest/ingest.ts';
import { listFailures } from '../../operations/failures.ts';
import { countAside } from '../../operations/set-aside.ts';
import {
	COUNTED,
	listBroken,
	listProcesses,
	readDue,
	readTasks,
	readTraffic
} from '../../operations/state.ts';
import { taskWords } from '../../operations/task-words.ts';
import { FINDING_CODES, judge, QUIET_S } from '../../operations/verdict.ts';
import { getWorkspace } from '../settings/workspace.ts';
import { procedure } from '../trpc.ts';

const output = z.object({
	/** When it was read, ISO 8601, and the workspace's zone. */
	at: z.string(),
	zone: z.string(),
	verdict: z.object({
		level: z.enum(['well', 'watch', 'wrong']),
		headline: z.string(),
		findings: z.array(
			z.object({
				code: z.enum(FINDING_CODES),
				level: z.enum(['watch', 'wrong']),
				title: z.string(),
				text: z.string(),
				todo: z.string(),
				journey: z.string().optional()
			})
		)
	}),
	/** Seconds; how many are due, counted up to `countedTo`. */
	due: z.object({ lagS: z.number(), treatmentLagS: z.number(), due: z.number() }),
	events: z.object({ waiting: z.number(), waitS: z.number() }),
	messages: z.object({
		queued: z.number(),
		deferred: z.number(),
		paused: z.number(),
		sending: z.number(),
		unknown: z.number()
	}),
	/** Numbers of this size are "so many or more". */
	countedTo: z.number(),
	/** Requests on the disk of the process that answers: those that wait, those that were refused, and the file. */
	spool: z.object({ waiting: z.number(), refused: z.number(), file: z.string() }),
	processes: z.array(
		z.object({
			id: z.string(),
			role: z.string(),
			host: z.string(),
			pid: z.number(),
			runningS: z.number(),
			quietS: z.number(),
			/** It gave no sign of life for longer than it should. */
			isSilent: z.boolean(),
			isDraining: z.boolean(),
			isAlive: z.boolean()
		})
	),
	tasks: z.array(
		z.object({
			task: z.string(),
			title: z.string(),
			waiting: z.number(),
			running: z.number(),
			planned: z.number(),
			failed: z.number(),
			waitS: z.number()
		})
	)
});

/** How the work stands, and what that means. */
export const stateProcedure = procedure('operations.read')
	.output(output)
	.query(async ({ ctx: { app } }) => {
		const [due, traffic, processes, tasks, failures, aside, broken, workspace] = await Promise.all([
			readDue(app),
			readTraffic(app),
			listProcesses(app.pool),
			readTasks(app.pool),
			listFailures(app.pool),
			countAside(app.pool),
			listBroken(app.pool),
			getWorkspace(app.pool)
		]);
		const { spool } = ingestOf(app);
		return {
			at: new Date(app.clock.now()).toISOString(),
			zone: workspace.timezone,
			verdict: judge({ due, traffic, spool, processes, tasks, stopped: failures, aside, broken }),
			due,
			events: { waiting: traffic.events, waitS: traffic.eventsWaitS },
			messages: traffic.messages,
			countedTo: COUNTED,
			spool,
			processes: processes.map((each) => ({ ...each, isSilent: each.quietS >= QUIET_S })),
			tasks: tasks.map((each) => ({ ...each, title: taskWords(each.task) }))
		};
	});
