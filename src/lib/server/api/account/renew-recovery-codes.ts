import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { findFactors, hasFactor, lockFactors } from '../../auth/factors.ts';
import { makeRecoveryCodes } from '../../auth/recovery-codes.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { personOf } from './own-account.ts';

/** Makes ten new recovery codes, shown this once; those of before open nothing any more. */
export const renewRecoveryCodes = procedure('account.manage', { fresh: true })
	.output(z.object({ recoveryCodes: z.array(z.string()) }))
	.mutation(({ ctx: { app, actor, entry } }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			const { id } = personOf(actor);
			await lockFactors(tx, id);
			if (!hasFactor(await findFactors(tx, id)))
				throw new ApiError('conflict', 'Recovery codes stand in for a second factor, and you have none.');
			const recoveryCodes = await makeRecoveryCodes(tx, id, app.clock.now());
			audit(entry({ action: 'recovery-codes.make' }));
			return { recoveryCodes };
		})
	);
