import { z } from 'zod';
import { mailSettingsSchema, verifyMailSettings } from '../../mail/settings.ts';
import { procedure } from '../trpc.ts';

/** Connects to the mail server and signs in, without sending. A refusal is an answer, in plain words. */
export const checkMail = procedure('settings.manage')
	.input(mailSettingsSchema)
	.output(
		z.union([z.object({ ok: z.literal(true) }), z.object({ ok: z.literal(false), message: z.string() })])
	)
	.mutation(({ ctx, input }) => verifyMailSettings(ctx.app, input));
