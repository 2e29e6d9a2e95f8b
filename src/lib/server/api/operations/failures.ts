import { z } from 'zod';
import { listFailures } from '../../operations/failures.ts';
import { loadNames } from '../reports/names.ts';
import { stepTitle } from '../reports/step-title.ts';
import { reasonWords, sentence } from '../reports/words.ts';
import { procedure } from '../trpc.ts';

const output = z.object({
	groups: z.array(
		z.object({
			journey: z.object({ slug: z.string(), name: z.string() }),
			step: z.string(),
			stepTitle: z.string(),
			/** The code, for the log and for `retry`, and in words. */
			reason: z.string(),
			reasonWords: z.string(),
			people: z.number(),
			/** How many of them can be tried again. */
			retryable: z.number(),
			newestAt: z.string()
		})
	),
	/** How many groups there are in all; only the 50 newest are told. */
	total: z.number()
});

/** People whom an error stopped, by journey, step and error, the newest first. */
export const failuresProcedure = procedure('operations.read')
	.output(output)
	.query(async ({ ctx: { app } }) => {
		const { groups, groupsInAll } = await listFailures(app.pool);
		const names = await loadNames(app.pool);
		return {
			groups: groups.map(({ drawn, newestAt, ...group }) => ({
				...group,
				stepTitle: stepTitle(drawn, names),
				reasonWords: sentence(reasonWords(group.reason)),
				newestAt: newestAt.toISOString()
			})),
			total: groupsInAll
		};
	});
