import { z } from 'zod';
import { breakerLimitsSchema, loadBreakerLimits } from '$lib/runtime/breaker-limits.ts';
import { findMailSettings, mailSettingsSchema } from '../../mail/settings.ts';
import { procedure } from '../trpc.ts';
import { getWorkspace, shownWorkspace } from './workspace.ts';

const shownMail = mailSettingsSchema.omit({ password: true }).extend({ hasPassword: z.boolean() });

/** Every setting as it may be shown: the mail server without its password. `mail` is null in test mode. */
export const get = procedure('settings.manage')
	.output(z.object({ workspace: shownWorkspace, mail: shownMail.nullable(), breaker: breakerLimitsSchema }))
	.query(async ({ ctx: { app } }) => ({
		workspace: await getWorkspace(app.pool),
		mail: (await findMailSettings(app.pool)) ?? null,
		breaker: await loadBreakerLimits(app.pool)
	}));
