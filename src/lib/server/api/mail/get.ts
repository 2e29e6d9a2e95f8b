import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { can } from '../../auth/permissions.ts';
import { getCaughtMail } from '../../mail/caught-mail.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { caughtMailSchema } from './caught-mail-schema.ts';

const output = caughtMailSchema.extend({
	sender: z.string(),
	headers: z.array(z.object({ name: z.string(), value: z.string() })),
	html: z.string().nullable(),
	text: z.string(),
	source: z.string()
});

/** One caught mail with its headers, both bodies and its source: all that it tells of a person, so it is recorded. */
export const getProcedure = procedure('mail.read')
	.input(z.object({ id: z.number().int() }))
	.output(output)
	.query(async ({ ctx, input: { id } }) => {
		if (!can(ctx.actor, 'contacts.identify') || !can(ctx.actor, 'contacts.show'))
			throw new ApiError('auth.forbidden', 'A mail shows who it was for and what it says of them.');
		const mail = await getCaughtMail(ctx.app, id, can(ctx.actor, 'members.manage'));
		const subject =
			mail.contactId === null
				? { kind: 'mail', ids: [String(id)] }
				: { kind: 'contact', ids: [String(mail.contactId)] };
		await inAuditedTransaction(ctx.app.pool, async (_, audit) =>
			audit(ctx.entry({ action: 'mail.read', subject, details: { mail: id } }))
		);
		return mail;
	});
