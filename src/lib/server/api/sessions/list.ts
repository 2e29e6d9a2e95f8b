import { z } from 'zod';
import { listSessions } from '../../auth/own-sessions.ts';
import { procedure } from '../trpc.ts';

/** Where the caller is signed in now. */
export const list = procedure('account.manage')
	.output(
		z.array(
			z.object({
				id: z.string(),
				/** Instants, ISO 8601. */
				createdAt: z.string(),
				lastSeenAt: z.string(),
				way: z.enum(['password', 'passkey', 'sso']),
				ip: z.string().nullable(),
				browser: z.string(),
				isCurrent: z.boolean()
			})
		)
	)
	.query(async ({ ctx: { app, actor, session } }) => {
		// A key has no sessions: it never gets here, since it may not manage an account.
		const sessions = await listSessions(app.pool, Number(actor.id), session?.id, app.clock.now());
		return sessions.map((each) => ({
			...each,
			createdAt: each.createdAt.toISOString(),
			lastSeenAt: each.lastSeenAt.toISOString()
		}));
	});
