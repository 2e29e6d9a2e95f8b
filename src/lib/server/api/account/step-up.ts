import { z } from 'zod';
import { proofSchema, prove } from '../../auth/prove.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { sessionOf } from './own-account.ts';

const wrong = {
	totp: 'This code is wrong, or was used already. Wait for the next one.',
	recovery: 'This is none of your recovery codes, or it was used already.',
	passkey: 'This passkey did not answer as it should. Try again.',
	password: 'This is not your password.'
};

/** Shows once more that it is the caller; for five minutes they may do what asks for it. The session gets another cookie. */
export const stepUp = procedure('account.manage')
	.input(proofSchema)
	.output(z.object({ fresh: z.literal(true) }))
	.mutation(async ({ ctx: { app, call, session, setSessionCookie }, input }) => {
		const token = await prove(app, sessionOf({ session }), input, 'session.step-up', call);
		if (token === null) throw new ApiError('input.invalid', wrong[input.kind]);
		setSessionCookie?.(token);
		return { fresh: true as const };
	});
