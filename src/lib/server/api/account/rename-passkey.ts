import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { personOf } from './own-account.ts';
import { passkeyName } from './passkey-name.ts';

/** Gives one's passkey another name. */
export const renamePasskey = procedure('account.manage')
	.input(z.object({ id: z.string().max(2000), name: passkeyName }))
	.output(z.object({ renamed: z.literal(true) }))
	.mutation(({ ctx: { app, actor, entry }, input: { id, name } }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			const { rowCount } = await tx.query('update passkeys set name = $3 where id = $1 and user_id = $2', [
				id,
				personOf(actor).id,
				name
			]);
			if (rowCount !== 1) throw new ApiError('not-found', 'You have no such passkey.');
			audit(entry({ action: 'passkey.rename' }));
			return { renamed: true as const };
		})
	);
