import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { mailSettingsSchema, saveMailSettings, verifyMailSettings } from '../../mail/settings.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';

/** Sets the mail server, and so ends test mode. Only a server that lets us in is taken: else mail would pile up. */
export const saveMail = procedure('settings.manage', { fresh: true })
	.input(mailSettingsSchema)
	.output(z.object({ saved: z.literal(true) }))
	.mutation(async ({ ctx: { app, entry }, input }) => {
		const check = await verifyMailSettings(app, input);
		if (!check.ok) throw new ApiError('input.invalid', check.message);
		const subject = { kind: 'settings', ids: ['mail'] };
		return inAuditedTransaction(app.pool, async (tx, audit) => {
			await saveMailSettings({ secret: app.secret, pool: tx }, input);
			audit(entry({ action: 'settings.mail.save', subject, fields: Object.keys(input) }));
			return { saved: true as const };
		});
	});
