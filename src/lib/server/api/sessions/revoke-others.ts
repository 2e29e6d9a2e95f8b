import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { endSessionsOf } from '../../auth/session.ts';
import { procedure } from '../trpc.ts';

/** Ends all of the caller's sessions but the one that calls. */
export const revokeOthers = procedure('account.manage')
	.output(z.object({ revoked: z.number() }))
	.mutation(({ ctx: { app, actor, session, entry } }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			const revoked = await endSessionsOf(tx, Number(actor.id), session?.id);
			if (revoked > 0) audit(entry({ action: 'session.revoke', details: { sessions: revoked } }));
			return { revoked };
		})
	);
