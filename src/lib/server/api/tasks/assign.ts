import { z } from 'zod';
import { assignTask } from '../../tasks/assign.ts';
import { procedure } from '../trpc.ts';
import { getDoer } from './doer.ts';
import { taskInput } from './task-schema.ts';

const input = z.object({
	task: taskInput,
	/** Who looks after it; null for nobody. */
	assignedTo: z.number().int().positive().nullable(),
	/** By when; null for no such time. */
	dueAt: z.iso.datetime({ offset: true }).nullable()
});

/** Gives a task to somebody who may do it, and a time. Whoever may do it may give it. */
export const assignProcedure = procedure('tasks.read')
	.input(input)
	.mutation(async ({ ctx: { app, actor, entry }, input: { task, assignedTo, dueAt } }) =>
		assignTask(
			app,
			await getDoer(app, actor),
			task,
			{ assignedTo, dueAt: dueAt === null ? null : new Date(dueAt) },
			entry
		)
	);
