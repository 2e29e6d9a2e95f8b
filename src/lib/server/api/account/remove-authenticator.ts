import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { afterRemoval, lockFactors } from '../../auth/factors.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { personOf } from './own-account.ts';

/** Ends the authenticator app: its codes are refused from now on. */
export const removeAuthenticator = procedure('account.manage', { fresh: true })
	.output(z.object({ removed: z.literal(true) }))
	.mutation(({ ctx: { app, actor, entry } }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			const { id } = personOf(actor);
			await lockFactors(tx, id);
			const { rowCount } = await tx.query(
				'delete from totp where user_id = $1 and confirmed_at is not null',
				[id]
			);
			if (rowCount !== 1) throw new ApiError('not-found', 'There is no authenticator app.');
			await afterRemoval(tx, id);
			audit(entry({ action: 'authenticator.remove' }));
			return { removed: true as const };
		})
	);
