import { z } from 'zod';
import { draftSchema } from '../../journeys/draft-document.ts';
import { previewMove } from '../../journeys/preview-move.ts';
import { procedure } from '../trpc.ts';

const output = z.object({
	/** All who are inside, whatever version they entered. */
	inside: z.number(),
	/** Those whose step is still there. */
	stay: z.number(),
	/** The others: their step is gone, or another kind of step has its id. */
	lost: z.array(
		z.object({
			step: draftSchema.shape.steps.element,
			people: z.number(),
			is: z.enum(['gone', 'other'])
		})
	)
});

/** How many people a publish of the draft would touch, by what is chosen for them. Changes nothing. */
export const previewMoveProcedure = procedure('journeys.publish')
	.input(z.object({ slug: z.string() }))
	.output(output)
	.query(({ ctx: { app }, input: { slug } }) => previewMove(app, slug));
