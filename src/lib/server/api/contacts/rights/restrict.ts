import { z } from 'zod';
import { inAuditedTransaction } from '../../../audit/record.ts';
import { addRestriction, RESTRICTION_KINDS } from '../../../people/restrictions.ts';
import { procedure } from '../../trpc.ts';
import { emailInput, phoneInput } from '../identity.ts';
import { idInput, subjectOf, userOf, wordsInput } from './rights-input.ts';

const orNothing = (text: z.ZodString) =>
	z.preprocess((value) => (value === '' ? null : value), text.nullable().default(null));

const input = idInput
	.extend({
		kind: z.enum(RESTRICTION_KINDS),
		words: wordsInput,
		/** Where to write instead; for the kind `address`, and only for that. */
		email: orNothing(emailInput),
		phone: orNothing(phoneInput)
	})
	.refine(({ kind, email, phone }) => kind !== 'address' || email !== null || phone !== null, {
		path: ['email'],
		message: 'Write the address or the number to use instead.'
	})
	.refine(({ kind, email, phone }) => kind === 'address' || (email === null && phone === null), {
		path: ['kind'],
		message: 'Only another address has an address.'
	});

/** Agrees to a restriction or a confidential channel that a person asked for (45 CFR 164.522). */
export const restrictProcedure = procedure('contacts.restrict')
	.input(input)
	.output(z.object({ restriction: z.number() }))
	.mutation(({ ctx, input: { id, ...asked } }) =>
		inAuditedTransaction(ctx.app.pool, async (tx, audit) => {
			const { vault, clock } = ctx.app;
			const by = userOf(ctx.actor);
			const restriction = await addRestriction(tx, vault, { contactId: id, by, ...asked }, clock.now());
			audit(
				ctx.entry({
					action: 'restriction.agree',
					subject: subjectOf(id),
					details: { restriction, kind: asked.kind }
				})
			);
			return { restriction };
		})
	);
