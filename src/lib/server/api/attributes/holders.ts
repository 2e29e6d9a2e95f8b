import { z } from 'zod';
import { countHolders } from '../../people/holders.ts';
import { loadAttributes } from '../../people/registry.ts';
import { procedure } from '../trpc.ts';

const output = z.object({
	/** How many people were looked at: all, or those that came last. */
	lookedAt: z.number(),
	isAll: z.boolean(),
	countByKey: z.record(z.string(), z.number())
});

/** How many people have each attribute that nobody has defined yet. Apart from the list, since people must be opened for it. */
export const holdersProcedure = procedure('contacts.read')
	.output(output)
	.query(async ({ ctx: { app } }) => {
		const unknown = (await loadAttributes(app.pool)).filter(({ definedAt }) => definedAt === null);
		if (unknown.length === 0) return { lookedAt: 0, isAll: true, countByKey: {} };
		return countHolders(
			app,
			unknown.map(({ key }) => key)
		);
	});
