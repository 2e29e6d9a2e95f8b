import { z } from 'zod';
import { retryJobs } from '../../operations/jobs.ts';
import { procedure } from '../trpc.ts';

/** Has jobs that were given up done again, with all their tries. */
export const retryJobsProcedure = procedure('operations.retry')
	.input(z.object({ ids: z.array(z.number().int().positive()).min(1).max(100) }))
	.output(z.object({ retried: z.number() }))
	.mutation(async ({ ctx: { app, entry }, input: { ids } }) => ({
		retried: await retryJobs(app, ids, entry)
	}));
