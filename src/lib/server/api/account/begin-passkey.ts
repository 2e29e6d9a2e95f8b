import { z } from 'zod';
import { beginPasskey, type Asked, type MakeOptions } from '../../auth/passkeys.ts';
import { procedure } from '../trpc.ts';
import { personOf, sessionOf } from './own-account.ts';

/** What to ask the browser for, to add a passkey. */
export const beginPasskeyProcedure = procedure('account.manage', { fresh: true })
	.output(z.custom<Asked<MakeOptions>>())
	.mutation(({ ctx: { app, actor, session } }) => {
		const { id, name } = personOf(actor);
		return beginPasskey(app.pool, app, { id, name, email: sessionOf({ session }).user.email });
	});
