import { z } from 'zod';
import { templateContentSchema } from '../../mail/blocks.ts';
import { sendTest } from '../../mail/send-test.ts';
import { parseTemplate } from '../../mail/templates.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { contentInput } from './content-input.ts';
import { contactInput, seenAs } from './seen-as.ts';

const input = contentInput.extend({ contact: contactInput, marketing: z.boolean() });
const output = z.object({
	sent: z.boolean(),
	/** Whose inbox; in test mode the catcher has it. */
	to: z.string(),
	testMode: z.boolean(),
	response: z.string()
});

/** Sends the message as it stands to the one who is signed in. */
export const testSendProcedure = procedure('templates.edit')
	.input(input)
	.output(output)
	.mutation(({ ctx, input: { contact, marketing, ...edited } }) => {
		if (ctx.actor.kind !== 'user')
			throw new ApiError('auth.forbidden', 'A test goes to a person who is signed in.');
		return sendTest(ctx.app, ctx.actor.id, parseTemplate(templateContentSchema, edited), {
			person: seenAs(ctx, contact),
			marketing
		});
	});
