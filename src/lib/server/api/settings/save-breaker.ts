import { z } from 'zod';
import { breakerLimitsSchema, saveBreakerLimits } from '$lib/runtime/breaker-limits.ts';
import { inAuditedTransaction } from '../../audit/record.ts';
import { procedure } from '../trpc.ts';

/** Sets from when on a journey pauses itself; it holds from the next hand-over on. */
export const saveBreaker = procedure('settings.manage')
	.input(breakerLimitsSchema)
	.output(z.object({ saved: z.literal(true) }))
	.mutation(({ ctx: { app, entry }, input }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			await saveBreakerLimits(tx, input);
			const subject = { kind: 'settings', ids: ['breaker'] };
			audit(entry({ action: 'settings.breaker.save', subject, fields: Object.keys(input) }));
			return { saved: true as const };
		})
	);
