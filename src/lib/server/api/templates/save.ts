import { z } from 'zod';
import { parseTemplate, savedTemplateSchema, saveTemplate } from '../../mail/templates.ts';
import { procedure } from '../trpc.ts';
import { contentInput } from './content-input.ts';

const input = contentInput.extend({
	slug: z.string(),
	name: z.string(),
	/** The number of the version that was edited. */
	basedOn: z.number().int()
});

/** Saves a message as its next version. What is wrong comes with its path, such as `/blocks/2/text`. */
export const saveProcedure = procedure('templates.edit')
	.input(input)
	.output(z.object({ number: z.number(), savedAt: z.number() }))
	.mutation(async ({ ctx, input: { basedOn, ...edited } }) => {
		const template = parseTemplate(savedTemplateSchema, edited);
		const userId = ctx.actor.kind === 'user' ? ctx.actor.id : null;
		const { number } = await saveTemplate(ctx.app.pool, template, userId, basedOn);
		return { number, savedAt: ctx.app.clock.now() };
	});
