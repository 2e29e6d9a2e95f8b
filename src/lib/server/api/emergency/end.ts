import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { endEmergency } from '../../auth/emergency.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';

/** Ends the caller's emergency access before its hour is over. */
export const end = procedure('account.manage')
	.output(z.object({ ended: z.literal(true) }))
	.mutation(({ ctx: { app, actor, entry } }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			const ended = await endEmergency(tx, Number(actor.id), app.clock.now());
			if (ended === undefined) throw new ApiError('not-found', 'No emergency access is open for you.');
			audit(entry({ action: 'emergency.end', details: { emergency: ended } }));
			return { ended: true as const };
		})
	);
