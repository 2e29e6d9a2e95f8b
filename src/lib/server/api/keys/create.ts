import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { createApiKey } from '../../auth/api-keys.ts';
import { mustBeActive } from '../../members/team.ts';
import { procedure } from '../trpc.ts';

/** Makes an API key. The answer is the only place where the whole key ever is. */
export const create = procedure('keys.manage', { fresh: true })
	.input(z.object({ name: z.string().trim().min(1, 'Give the key a name').max(80) }))
	.output(z.object({ id: z.string(), key: z.string() }))
	.mutation(({ ctx: { app, actor, entry }, input }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			await mustBeActive(tx, actor);
			const userId = actor.kind === 'user' ? actor.id : null;
			const made = await createApiKey(tx, input.name, userId, app.clock.now());
			audit(entry({ action: 'api-key.create', subject: { kind: 'api-key', ids: [made.id] } }));
			return made;
		})
	);
