import { z } from 'zod';
import { inAuditedTransaction } from '../../../audit/record.ts';
import { recordDisclosure } from '../../../people/disclosures.ts';
import { exportPerson } from '../../../people/export-person.ts';
import { procedure } from '../../trpc.ts';
import { idInput, subjectOf, userOf } from './rights-input.ts';

/** Everything about a person, for the person (45 CFR 164.524). It counts as told to them. */
export const exportProcedure = procedure('contacts.export', { fresh: true })
	.input(idInput)
	.output(z.record(z.string(), z.unknown()))
	.mutation(async ({ ctx, input: { id } }) => {
		const { app, actor } = ctx;
		const now = app.clock.now();
		const everything = await exportPerson(app, id, now);
		await inAuditedTransaction(app.pool, async (tx, audit) => {
			await recordDisclosure(
				tx,
				app.vault,
				{
					contactId: id,
					at: now,
					toWhom: 'The person',
					address: '',
					what: 'Everything that Stepwell keeps about them, as a file',
					purpose: 'individual',
					by: userOf(actor)
				},
				now
			);
			audit(ctx.entry({ action: 'contact.export', subject: subjectOf(id), fields: Object.keys(everything) }));
		});
		return everything;
	});
