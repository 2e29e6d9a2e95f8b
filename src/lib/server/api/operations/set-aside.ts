import { z } from 'zod';
import { asideWords, listAside } from '../../operations/set-aside.ts';
import { procedure } from '../trpc.ts';

const output = z.object({
	/** By reason, the most first. */
	groups: z.array(z.object({ reason: z.string(), reasonWords: z.string(), count: z.number() })),
	/** The newest 50. */
	rows: z.array(
		z.object({
			id: z.number(),
			kind: z.enum(['event', 'deferred', 'planned']),
			/** The name of an event. */
			event: z.string().nullable(),
			/** The journey that it was for; null for an event that was for all. */
			journey: z.object({ slug: z.string(), name: z.string() }).nullable(),
			/** The number of the person, as in the audit log; never who it is. */
			contact: z.number(),
			reason: z.string(),
			at: z.string(),
			/** How often it was tried. */
			tries: z.number()
		})
	),
	total: z.number()
});

/** Events and entries that are set aside, since they could not be routed or let in. */
export const setAsideProcedure = procedure('operations.read')
	.output(output)
	.query(async ({ ctx: { app } }) => {
		const { groups, rows, total } = await listAside(app.pool);
		return {
			groups: groups.map((group) => ({ ...group, reasonWords: asideWords(group.reason) })),
			rows: rows.map((row) => ({ ...row, at: row.at.toISOString() })),
			total
		};
	});
