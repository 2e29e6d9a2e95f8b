import { z } from 'zod';
import { templateContentSchema } from '../../mail/blocks.ts';
import { previewMail } from '../../mail/preview.ts';
import { parseTemplate } from '../../mail/templates.ts';
import { procedure } from '../trpc.ts';
import { contentInput } from './content-input.ts';
import { contactInput, seenAs } from './seen-as.ts';

const input = contentInput.extend({
	/** Whose eyes to see it with; left out, a made-up person's. */
	contact: contactInput,
	marketing: z.boolean()
});

const ONCE_IN_MS = 5 * 60_000;

/** The message as one person would get it, by the code that sends; nothing is counted; that a person was seen is recorded. */
export const previewProcedure = procedure('templates.edit')
	.input(input)
	.output(z.object({ subject: z.string(), html: z.string(), text: z.string() }))
	.mutation(({ ctx, input: { contact, marketing, ...edited } }) =>
		previewMail(ctx.app, parseTemplate(templateContentSchema, edited), {
			person: seenAs(ctx, contact, ONCE_IN_MS),
			marketing
		})
	);
