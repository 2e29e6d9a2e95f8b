import { z } from 'zod';
import { inAuditedTransaction } from '../../../audit/record.ts';
import { liftHold } from '../../../people/holds.ts';
import { procedure } from '../../trpc.ts';
import { idInput, subjectOf, userOf } from './rights-input.ts';

/** Ends a legal hold. */
export const liftHoldProcedure = procedure('contacts.erase')
	.input(idInput.extend({ hold: z.number().int().positive() }))
	.output(z.object({}))
	.mutation(({ ctx, input: { id, hold } }) =>
		inAuditedTransaction(ctx.app.pool, async (tx, audit) => {
			await liftHold(tx, { contactId: id, id: hold, by: userOf(ctx.actor) }, ctx.app.clock.now());
			audit(ctx.entry({ action: 'hold.lift', subject: subjectOf(id), details: { hold } }));
			return {};
		})
	);
