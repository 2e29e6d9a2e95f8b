import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { revokeSession } from '../../auth/own-sessions.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';

/** Ends one of the caller's sessions: its next request is refused. */
export const revoke = procedure('account.manage')
	.input(z.object({ id: z.string().max(64) }))
	.output(z.object({ revoked: z.literal(true) }))
	.mutation(({ ctx: { app, actor, entry }, input: { id } }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			if (!(await revokeSession(tx, Number(actor.id), id)))
				throw new ApiError('not-found', 'That session is over already.');
			audit(entry({ action: 'session.revoke', details: { sessions: 1 } }));
			return { revoked: true as const };
		})
	);
