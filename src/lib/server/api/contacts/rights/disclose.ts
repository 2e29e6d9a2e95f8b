import { z } from 'zod';
import { inAuditedTransaction } from '../../../audit/record.ts';
import { DISCLOSURE_PURPOSES, recordDisclosure } from '../../../people/disclosures.ts';
import { lockPerson } from '../../../people/rights.ts';
import { procedure } from '../../trpc.ts';
import { idInput, subjectOf, userOf } from './rights-input.ts';

const input = idInput.extend({
	/** When it was told. */
	at: z.iso.datetime({ offset: true }),
	toWhom: z.string().trim().min(2, 'Write who was told.').max(200),
	address: z.string().trim().max(300).default(''),
	what: z.string().trim().min(3, 'Write in short what was told.').max(500),
	purpose: z.enum(DISCLOSURE_PURPOSES)
});

/** Records that something about a person was told to somebody outside (45 CFR 164.528). */
export const discloseProcedure = procedure('contacts.restrict')
	.input(input)
	.output(z.object({ disclosure: z.number() }))
	.mutation(({ ctx, input: { id, at, ...told } }) =>
		inAuditedTransaction(ctx.app.pool, async (tx, audit) => {
			const { vault, clock } = ctx.app;
			await lockPerson(tx, id);
			const disclosure = await recordDisclosure(
				tx,
				vault,
				{ contactId: id, at: Date.parse(at), by: userOf(ctx.actor), ...told },
				clock.now()
			);
			audit(
				ctx.entry({
					action: 'disclosure.record',
					subject: subjectOf(id),
					details: { disclosure, purpose: told.purpose }
				})
			);
			return { disclosure };
		})
	);
