import { z } from 'zod';
import { removeMailSettings } from '../../mail/settings.ts';
import { procedure } from '../trpc.ts';

/** Back to test mode: from the next message on, nothing leaves. */
export const removeMail = procedure('settings.manage')
	.output(z.object({ removed: z.literal(true) }))
	.mutation(async ({ ctx }) => {
		await removeMailSettings(ctx.app.pool);
		return { removed: true };
	});
