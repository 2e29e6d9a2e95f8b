import { z } from 'zod';
import { isRecent } from '../../audit/recent.ts';
import { inAuditedTransaction } from '../../audit/record.ts';
import { can } from '../../auth/permissions.ts';
import { listCaughtMails } from '../../mail/caught-mail.ts';
import { sightOf } from '../../people/sight.ts';
import { procedure } from '../trpc.ts';
import { caughtMailSchema } from './caught-mail-schema.ts';

const input = z.object({ before: z.number().int().optional(), search: z.string().max(200).optional() });
// The page looks again every few seconds: one entry stands for an hour of the same people.
const HOUR = 60 * 60_000;

const output = z.object({ mails: z.array(caughtMailSchema), next: z.number().nullable() });

/** Caught mails, newest first, 50 at a time. Whose addresses and subjects were seen is recorded. */
export const listProcedure = procedure('mail.read')
	.input(input)
	.output(output)
	.query(async ({ ctx, input: { before, search } }) => {
		const sight = sightOf(ctx.actor);
		const { mails, next } = await listCaughtMails(ctx.app, {
			before,
			doors: can(ctx.actor, 'members.manage'),
			...(sight.identifies && { search })
		});
		const ids = [...new Set(mails.flatMap(({ contactId }) => contactId ?? []))].map(String);
		if (sight.identifies && ids.length > 0)
			await inAuditedTransaction(ctx.app.pool, async (tx, audit) => {
				const entry = ctx.entry({
					action: 'mail.list',
					subject: { kind: 'contact', ids },
					fields: ['email', 'subject']
				});
				if (!(await isRecent(tx, entry, HOUR))) audit(entry);
			});
		return { mails: mails.map((mail) => sight.mailHead(mail)), next };
	});
