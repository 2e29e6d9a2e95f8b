import { z } from 'zod';
import { revokeApiKey } from '../../auth/api-keys.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';

/** Ends a key at once and for good. */
export const revoke = procedure('keys.manage')
	.input(z.object({ id: z.string() }))
	.output(z.object({ revoked: z.literal(true) }))
	.mutation(async ({ ctx, input }) => {
		const revoked = await revokeApiKey(ctx.app.pool, input.id, ctx.app.clock.now());
		if (!revoked) throw new ApiError('not-found', 'This key does not exist, or was revoked before.');
		return { revoked };
	});
