import { z } from 'zod';
import { listJourneys } from '../../journeys/drafts.ts';
import { procedure } from '../trpc.ts';
import { shownTrip } from './trip.ts';

const output = z.array(
	z.object({
		slug: z.string(),
		name: z.string(),
		state: z.enum(['draft', 'live', 'paused', 'archived']),
		version: z.number().nullable(),
		savedAt: z.string(),
		inside: z.number(),
		steps: z.number(),
		trip: shownTrip.nullable()
	})
);

/** All journeys, the running ones first, with how many are inside now. */
export const listProcedure = procedure('journeys.read')
	.output(output)
	.query(({ ctx }) => listJourneys(ctx.app.pool));
