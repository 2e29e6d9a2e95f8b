import { z } from 'zod';
import { procedure } from '../trpc.ts';

const output = z.array(z.object({ id: z.string(), name: z.string() }));

/** Up to eight people to preview a message as, whose name or id begins with what is typed. */
export const previewPeopleProcedure = procedure('contacts.read')
	.input(z.object({ search: z.string().max(100) }))
	.output(output)
	.query(async ({ ctx, input }) => {
		const found = await ctx.app.pool.query<{ id: string; name: string }>(
			`select public_id as id, coalesce(name, public_id) as name from contacts
			 where $1 = '' or strpos(lower(coalesce(name, '')), lower($1)) > 0 or starts_with(public_id, $1)
			 order by name limit 8`,
			[input.search.trim()]
		);
		return found.rows;
	});
