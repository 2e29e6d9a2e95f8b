import { z } from 'zod';
import { procedure } from '../trpc.ts';

/** How many people there are. Nobody is seen, so nothing is recorded. */
export const countProcedure = procedure('contacts.read')
	.output(z.object({ total: z.number() }))
	.query(async ({ ctx }) => {
		const { rows } = await ctx.app.pool.query<{ total: number }>(
			'select count(*)::int as total from contacts'
		);
		return { total: rows[0]?.total ?? 0 };
	});
