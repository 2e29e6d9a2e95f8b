import { z } from 'zod';
import { pauseJourney } from '../../journeys/pause.ts';
import { procedure } from '../trpc.ts';

/** Holds everybody inside where they stand, and lets nobody in. */
export const pauseProcedure = procedure('journeys.publish')
	.input(z.object({ slug: z.string() }))
	.output(z.object({ state: z.literal('paused') }))
	.mutation(async ({ ctx, input: { slug } }) => {
		await pauseJourney(ctx.app, slug, ctx.entry);
		return { state: 'paused' as const };
	});
