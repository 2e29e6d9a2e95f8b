import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { removeMailSettings } from '../../mail/settings.ts';
import { procedure } from '../trpc.ts';

/** Back to test mode: from the next message on, nothing leaves. */
export const removeMail = procedure('settings.manage', { fresh: true })
	.output(z.object({ removed: z.literal(true) }))
	.mutation(({ ctx: { app, entry } }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			await removeMailSettings(tx);
			audit(entry({ action: 'settings.mail.remove', subject: { kind: 'settings', ids: ['mail'] } }));
			return { removed: true as const };
		})
	);
