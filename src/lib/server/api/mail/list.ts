import { z } from 'zod';
import { listCaughtMails } from '../../mail/caught-mail.ts';
import { procedure } from '../trpc.ts';
import { caughtMailSchema } from './caught-mail-schema.ts';

const input = z.object({ before: z.number().int().optional(), search: z.string().max(200).optional() });
const output = z.object({ mails: z.array(caughtMailSchema), next: z.number().nullable() });

/** Caught mails, newest first, 50 at a time. */
export const listProcedure = procedure('mail.read')
	.input(input)
	.output(output)
	.query(({ ctx, input: page }) => listCaughtMails(ctx.app.pool, page));
