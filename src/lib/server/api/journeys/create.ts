import { z } from 'zod';
import { draftSchema } from '../../journeys/draft-document.ts';
import { createJourney } from '../../journeys/drafts.ts';
import { procedure } from '../trpc.ts';

const input = z.object({
	name: z.string().trim().min(1, 'A journey needs a name.').max(200),
	document: draftSchema.optional()
});

const output = z.object({ slug: z.string(), revision: z.number() });

/** A new journey, empty or from a document; its slug comes from its name. */
export const createProcedure = procedure('journeys.edit')
	.input(input)
	.output(output)
	.mutation(({ ctx, input: journey }) =>
		createJourney(ctx.app.pool, journey, ctx.actor.kind === 'user' ? ctx.actor.id : null, ctx.app.clock.now())
	);
