import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { revokeApiKey } from '../../auth/api-keys.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';

/** Ends a key at once and for good. */
export const revoke = procedure('keys.manage')
	.input(z.object({ id: z.string() }))
	.output(z.object({ revoked: z.literal(true) }))
	.mutation(({ ctx: { app, entry }, input: { id } }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			const revoked = await revokeApiKey(tx, id, app.clock.now());
			if (!revoked) throw new ApiError('not-found', 'This key does not exist, or was revoked before.');
			audit(entry({ action: 'api-key.revoke', subject: { kind: 'api-key', ids: [id] } }));
			return { revoked };
		})
	);
