import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { firstRecoveryCodes, lockFactors } from '../../auth/factors.ts';
import { addPasskey, passkeyAnswer } from '../../auth/passkeys.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { personOf, renewSession } from './own-account.ts';
import { passkeyName } from './passkey-name.ts';

/** Keeps a passkey that the browser made. With the first factor come recovery codes, shown this once. */
export const addPasskeyProcedure = procedure('account.manage', { fresh: true })
	.input(passkeyAnswer.extend({ name: passkeyName }))
	.output(z.object({ recoveryCodes: z.array(z.string()).nullable() }))
	.mutation(async ({ ctx, input: { name, ...answer } }) => {
		const { app, entry } = ctx;
		const { id } = personOf(ctx.actor);
		const added = await inAuditedTransaction(app.pool, async (tx, audit) => {
			await lockFactors(tx, id);
			if (!(await addPasskey(tx, app, id, answer, name))) return null;
			const recoveryCodes = await firstRecoveryCodes(tx, id, app.clock.now());
			await renewSession(tx, app, ctx);
			audit(entry({ action: 'passkey.add', details: { recoveryCodes: recoveryCodes !== null } }));
			return { recoveryCodes };
		});
		// After the commit: what was asked was answered, however wrongly, and must not be answered again.
		if (added) return added;
		throw new ApiError('input.invalid', 'This passkey can’t be taken: it took too long, or is not for here.');
	});
