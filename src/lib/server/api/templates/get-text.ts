import { z } from 'zod';
import { getTextTemplate } from '../../mail/text-templates.ts';
import { procedure } from '../trpc.ts';

const output = z.object({
	slug: z.string(),
	name: z.string(),
	text: z.string(),
	number: z.number(),
	savedAt: z.number()
});

/** One text message in its newest version. */
export const getTextProcedure = procedure('journeys.read')
	.input(z.object({ slug: z.string() }))
	.output(output)
	.query(({ ctx, input }) => getTextTemplate(ctx.app.pool, input.slug));
