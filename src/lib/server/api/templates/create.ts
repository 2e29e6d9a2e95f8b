import { z } from 'zod';
import { templateName } from '../../mail/blocks.ts';
import { createTemplate } from '../../mail/create-template.ts';
import { procedure } from '../trpc.ts';

/** A new message with something to start from; its short name comes from its name. */
export const createProcedure = procedure('templates.edit')
	.input(
		z.object({
			name: templateName,
			copyOf: z.string().optional(),
			channel: z.enum(['email', 'text']).default('email')
		})
	)
	.output(z.object({ slug: z.string() }))
	.mutation(({ ctx, input }) =>
		createTemplate(ctx.app.pool, input, ctx.actor.kind === 'user' ? ctx.actor.id : null, ctx.entry)
	);
