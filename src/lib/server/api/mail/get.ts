import { z } from 'zod';
import { getCaughtMail } from '../../mail/caught-mail.ts';
import { procedure } from '../trpc.ts';
import { caughtMailSchema } from './caught-mail-schema.ts';

const output = caughtMailSchema.extend({
	sender: z.string(),
	headers: z.array(z.object({ name: z.string(), value: z.string() })),
	html: z.string().nullable(),
	text: z.string(),
	source: z.string()
});

/** One caught mail with its headers, both bodies and its source. */
export const getProcedure = procedure('mail.read')
	.input(z.object({ id: z.number().int() }))
	.output(output)
	.query(({ ctx, input }) => getCaughtMail(ctx.app.pool, input.id));
