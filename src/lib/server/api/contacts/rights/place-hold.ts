import { z } from 'zod';
import { inAuditedTransaction } from '../../../audit/record.ts';
import { placeHold } from '../../../people/holds.ts';
import { sealReason } from '../../../people/reason.ts';
import { procedure } from '../../trpc.ts';
import { idInput, subjectOf, userOf, wordsInput } from './rights-input.ts';

/** Keeps a person from being deleted, such as while there is a law suit. */
export const placeHoldProcedure = procedure('contacts.erase')
	.input(idInput.extend({ words: wordsInput }))
	.output(z.object({ hold: z.number() }))
	.mutation(({ ctx, input: { id, words } }) =>
		inAuditedTransaction(ctx.app.pool, async (tx, audit) => {
			const { vault, clock } = ctx.app;
			const hold = await placeHold(tx, vault, { contactId: id, words, by: userOf(ctx.actor) }, clock.now());
			audit(
				ctx.entry({
					action: 'hold.place',
					subject: subjectOf(id),
					reasonSealed: sealReason(vault, words),
					details: { hold }
				})
			);
			return { hold };
		})
	);
