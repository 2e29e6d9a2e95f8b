import { z } from 'zod';
import { changePassword } from '../../auth/change-password.ts';
import { newPassword } from '../../auth/password.ts';
import { procedure } from '../trpc.ts';
import { sessionOf } from './own-account.ts';

/** Changes one's password, for the old one. Every other session of the account ends. */
export const changePasswordProcedure = procedure('account.manage')
	.input(z.object({ old: z.string().max(256), password: newPassword }))
	.output(z.object({ ended: z.number() }))
	.mutation(async ({ ctx: { app, call, session, setSessionCookie }, input }) => {
		const { token, ended } = await changePassword(app, sessionOf({ session }), input, call);
		setSessionCookie?.(token);
		return { ended };
	});
