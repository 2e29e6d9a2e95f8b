import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { mailSettingsSchema, verifyMailSettings } from '../../mail/settings.ts';
import { procedure } from '../trpc.ts';

/**
 * Connects to the mail server and signs in, without sending. A refusal is an answer, in plain words. Recorded, since it may use
 * the saved password.
 */
export const checkMail = procedure('settings.manage')
	.input(mailSettingsSchema)
	.output(
		z.union([z.object({ ok: z.literal(true) }), z.object({ ok: z.literal(false), message: z.string() })])
	)
	.mutation(async ({ ctx: { app, entry }, input }) => {
		const check = await verifyMailSettings(app, input);
		const subject = { kind: 'settings', ids: ['mail'] };
		await inAuditedTransaction(app.pool, async (_, audit) =>
			audit(entry({ action: 'settings.mail.check', subject, details: { accepted: check.ok } }))
		);
		return check;
	});
