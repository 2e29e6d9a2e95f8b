import { listByHand } from '$lib/runtime/enrol.ts';
import { z } from 'zod';
import { procedure } from '../trpc.ts';

/** The live journeys that somebody can be let into by hand. */
export const byHandProcedure = procedure('journeys.read')
	.output(z.array(z.object({ slug: z.string(), name: z.string() })))
	.query(({ ctx }) => listByHand(ctx.app));
