import { z } from 'zod';
import { pageOfFailures } from '../../operations/failures.ts';
import { procedure } from '../trpc.ts';
import { whichSchema } from './which.ts';

const PAGE = 20;

const input = whichSchema.extend({
	/** `next` of the page before. */
	before: z.number().int().positive().nullable().default(null)
});

const output = z.object({
	rows: z.array(
		z.object({
			enrollment: z.number(),
			/** The number of the person, as in the audit log; never who it is. */
			contact: z.number(),
			at: z.string(),
			retryable: z.boolean()
		})
	),
	next: z.number().nullable()
});

/** Who is in a group of stopped people, by number, the newest enrollment first, 20 at a time. */
export const failedEnrollmentsProcedure = procedure('operations.read')
	.input(input)
	.output(output)
	.query(async ({ ctx: { app }, input: { before, ...which } }) => {
		const rows = await pageOfFailures(app.pool, which, before, PAGE + 1);
		const shown = rows.slice(0, PAGE);
		return {
			rows: shown.map((row) => ({ ...row, at: row.at.toISOString() })),
			next: rows.length > PAGE ? (shown.at(-1)?.enrollment ?? null) : null
		};
	});
