import { z } from 'zod';
import { resumeJourney } from '../../journeys/pause.ts';
import { procedure } from '../trpc.ts';

/** Lets a paused journey go on. */
export const resumeProcedure = procedure('journeys.publish')
	.input(z.object({ slug: z.string() }))
	.output(z.object({ state: z.literal('live') }))
	.mutation(async ({ ctx, input: { slug } }) => {
		await resumeJourney(ctx.app, slug, ctx.entry);
		return { state: 'live' as const };
	});
