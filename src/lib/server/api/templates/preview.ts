import { z } from 'zod';
import { templateContentSchema } from '../../mail/blocks.ts';
import { previewMail } from '../../mail/preview.ts';
import { parseTemplate } from '../../mail/templates.ts';
import { procedure } from '../trpc.ts';
import { contentInput } from './content-input.ts';

const input = contentInput.extend({
	/** Whose eyes to see it with; left out, a made-up person's. */
	contact: z.string().optional(),
	marketing: z.boolean()
});

/** The message as one person would get it, by the code that sends; nothing is stored and nothing is counted. */
export const previewProcedure = procedure('templates.edit')
	.input(input)
	.output(z.object({ subject: z.string(), html: z.string(), text: z.string() }))
	.mutation(({ ctx, input: { contact, marketing, ...edited } }) =>
		previewMail(ctx.app, parseTemplate(templateContentSchema, edited), { contact, marketing })
	);
