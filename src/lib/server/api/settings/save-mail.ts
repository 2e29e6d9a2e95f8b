import { z } from 'zod';
import { mailSettingsSchema, saveMailSettings, verifyMailSettings } from '../../mail/settings.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';

/** Sets the mail server, and so ends test mode. Only a server that lets us in is taken: else mail would pile up. */
export const saveMail = procedure('settings.manage')
	.input(mailSettingsSchema)
	.output(z.object({ saved: z.literal(true) }))
	.mutation(async ({ ctx, input }) => {
		const check = await verifyMailSettings(ctx.app, input);
		if (!check.ok) throw new ApiError('input.invalid', check.message);
		await saveMailSettings(ctx.app, input);
		return { saved: true };
	});
