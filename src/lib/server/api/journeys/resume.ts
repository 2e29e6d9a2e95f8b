import { z } from 'zod';
import { TRIP_REASONS } from '../../../text/breaker.ts';
import { resumeJourney } from '../../journeys/pause.ts';
import { procedure } from '../trpc.ts';

/** Lets a paused journey go on. One that the breaker paused needs the reason, from whoever knows it and wants it all the same. */
export const resumeProcedure = procedure('journeys.publish')
	.input(z.object({ slug: z.string(), despite: z.enum(TRIP_REASONS).optional() }))
	.output(z.object({ state: z.literal('live') }))
	.mutation(async ({ ctx, input: { slug, despite } }) => {
		await resumeJourney(ctx.app, slug, ctx.entry, despite);
		return { state: 'live' as const };
	});
