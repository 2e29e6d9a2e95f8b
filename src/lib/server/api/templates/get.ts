import { z } from 'zod';
import { blockSchema } from '../../mail/blocks.ts';
import { getTemplate } from '../../mail/templates.ts';
import { listTemplateUses } from '../../mail/template-uses.ts';
import { procedure } from '../trpc.ts';

const output = z.object({
	slug: z.string(),
	name: z.string(),
	subject: z.string(),
	preheader: z.string(),
	blocks: z.array(blockSchema),
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
});

/** One message in its newest version, and the journeys that send it. */
export const getProcedure = procedure('journeys.read')
	.input(z.object({ slug: z.string() }))
	.output(output)
	.query(async ({ ctx, input }) => {
		const template = await getTemplate(ctx.app.pool, input.slug);
		const uses = await listTemplateUses(ctx.app.pool);
		return { ...template, uses: uses.filter((use) => use.template === input.slug) };
	});
