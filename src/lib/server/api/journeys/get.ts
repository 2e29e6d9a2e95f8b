import { z } from 'zod';
import { draftSchema } from '../../journeys/draft-document.ts';
import { getJourney } from '../../journeys/drafts.ts';
import { procedure } from '../trpc.ts';
import { shownTrip } from './trip.ts';

const input = z.object({ slug: z.string() });

const output = z.object({
	slug: z.string(),
	name: z.string(),
	state: z.enum(['draft', 'live', 'paused', 'archived']),
	revision: z.number(),
	savedAt: z.string(),
	savedBy: z.string().nullable(),
	draft: draftSchema,
	/** Null unless the breaker holds it. */
	trip: shownTrip.nullable(),
	live: z.object({ number: z.number(), document: draftSchema, publishedAt: z.string() }).nullable()
});

/** One journey with its draft and, where there is one, the version that is live. */
export const getProcedure = procedure('journeys.read')
	.input(input)
	.output(output)
	.query(({ ctx, input: { slug } }) => getJourney(ctx.app.pool, slug));
