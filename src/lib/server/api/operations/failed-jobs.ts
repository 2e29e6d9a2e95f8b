import { z } from 'zod';
import { codeWords, listFailedJobs } from '../../operations/jobs.ts';
import { taskWords } from '../../operations/task-words.ts';
import { procedure } from '../trpc.ts';

const output = z.object({
	jobs: z.array(
		z.object({
			id: z.number(),
			task: z.string(),
			title: z.string(),
			attempts: z.number(),
			/** When it was asked for. */
			at: z.string(),
			/** Of what it failed with; never its text, which could quote a row. */
			code: z.string().nullable(),
			reason: z.string()
		})
	),
	/** How many there are in all; only the last 50 are told. */
	total: z.number()
});

/** Jobs that were given up after all their tries. */
export const failedJobsProcedure = procedure('operations.read')
	.output(output)
	.query(async ({ ctx: { app } }) => {
		const { jobs, total } = await listFailedJobs(app.pool);
		return {
			jobs: jobs.map(({ at, ...job }) => ({
				...job,
				title: taskWords(job.task),
				at: at.toISOString(),
				reason: codeWords(job.code)
			})),
			total
		};
	});
