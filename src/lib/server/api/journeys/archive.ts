import { z } from 'zod';
import { archiveJourney } from '../../journeys/pause.ts';
import { procedure } from '../trpc.ts';

/** Ends a journey: those inside leave it, and nobody enters until it is published anew. */
export const archiveProcedure = procedure('journeys.publish')
	.input(z.object({ slug: z.string() }))
	.output(
		z.object({
			state: z.literal('archived'),
			/** How many were inside and are not any more. */
			cancelled: z.number()
		})
	)
	.mutation(async ({ ctx, input: { slug } }) => ({
		state: 'archived' as const,
		cancelled: await archiveJourney(ctx.app, slug, ctx.entry)
	}));
