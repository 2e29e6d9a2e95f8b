import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { accessSettingsSchema, saveAccess } from '../../auth/access-settings.ts';
import { procedure } from '../trpc.ts';

/** Holds from everybody's next request on: who has no second factor sets one up then. */
export const save = procedure('access.manage', { fresh: true })
	.input(accessSettingsSchema)
	.output(z.object({ saved: z.literal(true) }))
	.mutation(({ ctx: { app, entry }, input }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			await saveAccess(tx, input);
			const subject = { kind: 'settings', ids: ['access'] };
			audit(entry({ action: 'settings.access.save', subject, details: input }));
			return { saved: true as const };
		})
	);
