import { z } from 'zod';
import { beginPasskeyUse, type Asked, type UseOptions } from '../../auth/passkeys.ts';
import { findFactors } from '../../auth/factors.ts';
import { waysOf } from '../../auth/prove.ts';
import { procedure } from '../trpc.ts';
import { personOf, sessionOf } from './own-account.ts';

const output = z.object({
	totp: z.boolean(),
	recovery: z.boolean(),
	password: z.boolean(),
	/** Whether there is no way but to sign in anew. */
	signIn: z.boolean(),
	/** What to ask the browser for; null without a passkey. */
	passkey: z.custom<Asked<UseOptions>>().nullable()
});

/** What the caller can show to say once more that it is them. */
export const waysToStepUp = procedure('account.manage')
	.output(output)
	.mutation(async ({ ctx: { app, actor, session } }) => {
		const { id } = personOf(actor);
		const ways = waysOf(await findFactors(app.pool, id), sessionOf({ session }));
		return { ...ways, passkey: ways.passkey ? await beginPasskeyUse(app.pool, app, id) : null };
	});
