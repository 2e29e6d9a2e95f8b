import { z } from 'zod';
import { createApiKey } from '../../auth/api-keys.ts';
import { procedure } from '../trpc.ts';

/** Makes an API key. The answer is the only place where the whole key ever is. */
export const create = procedure('keys.manage')
	.input(z.object({ name: z.string().trim().min(1, 'Give the key a name').max(80) }))
	.output(z.object({ id: z.string(), key: z.string() }))
	.mutation(({ ctx, input }) => {
		const userId = ctx.actor.kind === 'user' ? ctx.actor.id : null;
		return createApiKey(ctx.app.pool, input.name, userId, ctx.app.clock.now());
	});
