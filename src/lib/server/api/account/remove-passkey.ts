import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { afterRemoval, lockFactors } from '../../auth/factors.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { personOf } from './own-account.ts';

/** Ends one of one's passkeys: it opens nothing from now on. */
export const removePasskey = procedure('account.manage', { fresh: true })
	.input(z.object({ id: z.string().max(2000) }))
	.output(z.object({ removed: z.literal(true) }))
	.mutation(({ ctx: { app, actor, entry }, input }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			const { id } = personOf(actor);
			await lockFactors(tx, id);
			const { rowCount } = await tx.query('delete from passkeys where id = $1 and user_id = $2', [
				input.id,
				id
			]);
			if (rowCount !== 1) throw new ApiError('not-found', 'You have no such passkey.');
			await afterRemoval(tx, id);
			audit(entry({ action: 'passkey.remove' }));
			return { removed: true as const };
		})
	);
