import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { firstRecoveryCodes, lockFactors } from '../../auth/factors.ts';
import { countTry } from '../../auth/prove.ts';
import { signInLimitOf } from '../../auth/sign-in-limit.ts';
import { confirmTotp } from '../../auth/totp.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { personOf, renewSession } from './own-account.ts';

/** Takes the first code: from then on the app is asked for. With the first factor come recovery codes, shown this once. */
export const confirmAuthenticator = procedure('account.manage', { fresh: true })
	.input(z.object({ code: z.string().max(20) }))
	.output(z.object({ recoveryCodes: z.array(z.string()).nullable() }))
	.mutation(async ({ ctx, input: { code } }) => {
		const { app, call, entry } = ctx;
		const person = personOf(ctx.actor);
		await countTry(app, person, 'totp', call);
		const confirmed = await inAuditedTransaction(app.pool, async (tx, audit) => {
			await lockFactors(tx, person.id);
			if (!(await confirmTotp(tx, app.secret, person.id, code, app.clock.now())))
				throw new ApiError(
					'input.invalid',
					'This code is not the one that the app shows now. Try the next.',
					{
						path: '/code'
					}
				);
			const recoveryCodes = await firstRecoveryCodes(tx, person.id, app.clock.now());
			await renewSession(tx, app, ctx);
			audit(entry({ action: 'authenticator.add', details: { recoveryCodes: recoveryCodes !== null } }));
			return { recoveryCodes };
		});
		await signInLimitOf(app).forgiveFactors(person.id);
		return confirmed;
	});
