import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { reviewEmergency } from '../../auth/emergency.ts';
import { procedure } from '../trpc.ts';

/** Says that the caller looked at what somebody did in emergency access. */
export const review = procedure('emergency.review')
	.input(z.object({ id: z.number().int().positive() }))
	.output(z.object({ reviewed: z.literal(true) }))
	.mutation(({ ctx: { app, actor, entry }, input: { id } }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			await reviewEmergency(tx, id, Number(actor.id), app.clock.now());
			audit(entry({ action: 'emergency.review', details: { emergency: id } }));
			return { reviewed: true as const };
		})
	);
