import { z } from 'zod';
import { listTemplates } from '../../mail/template-list.ts';
import { procedure } from '../trpc.ts';

const output = z.array(
	z.object({
		slug: z.string(),
		name: z.string(),
		channel: z.enum(['email', 'text']),
		subject: z.string(),
		preheader: z.string(),
		number: z.number(),
		savedAt: z.number(),
		savedBy: z.string().nullable(),
		uses: z.array(
			z.object({
				journey: z.string(),
				journeyName: z.string(),
				purpose: z.enum(['treatment', 'operations', 'marketing']),
				live: z.boolean()
			})
		)
	})
);

/** All messages with where they are used, the last saved first. */
export const listProcedure = procedure('journeys.read')
	.output(output)
	.query(({ ctx }) => listTemplates(ctx.app.pool));
