import { z } from 'zod';
import { beginTotp } from '../../auth/totp.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { personOf, sessionOf } from './own-account.ts';

const output = z.object({ key: z.string(), qr: z.object({ path: z.string(), size: z.number() }) });

/** Makes the key of an authenticator app. It counts for nothing until a first code of it comes back. */
export const beginAuthenticator = procedure('account.manage', { fresh: true })
	.output(output)
	.mutation(async ({ ctx: { app, actor, session } }) => {
		const { id } = personOf(actor);
		const { email } = sessionOf({ session }).user;
		const begun = await beginTotp(app.pool, app.secret, { id, email }, app.clock.now());
		if (begun) return begun;
		throw new ApiError('conflict', 'You have an authenticator app already. Remove it first.');
	});
