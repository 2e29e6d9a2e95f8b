import { z } from 'zod';
import { inAuditedTransaction } from '../../../audit/record.ts';
import { endRestriction } from '../../../people/restrictions.ts';
import { procedure } from '../../trpc.ts';
import { idInput, subjectOf } from './rights-input.ts';

/** Ends what was agreed to. */
export const endRestrictionProcedure = procedure('contacts.restrict')
	.input(idInput.extend({ restriction: z.number().int().positive() }))
	.output(z.object({}))
	.mutation(({ ctx, input: { id, restriction } }) =>
		inAuditedTransaction(ctx.app.pool, async (tx, audit) => {
			const kind = await endRestriction(tx, { contactId: id, id: restriction }, ctx.app.clock.now());
			audit(ctx.entry({ action: 'restriction.end', subject: subjectOf(id), details: { restriction, kind } }));
			return {};
		})
	);
