import { z } from 'zod';
import { findEmergency } from '../../auth/emergency.ts';
import { procedure } from '../trpc.ts';

/** The emergency access that is open for the caller; null for none. */
export const state = procedure('account.manage')
	.output(z.object({ endsAt: z.string() }).nullable())
	.query(async ({ ctx: { app, actor } }) => {
		const open = await findEmergency(app.pool, Number(actor.id), app.clock.now());
		return open ? { endsAt: open.endsAt.toISOString() } : null;
	});
