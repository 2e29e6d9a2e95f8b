import { inAuditedTransaction } from '../../audit/record.ts';
import { choicesSchema, saveChoices } from '../../mail/notifications.ts';
import { procedure } from '../trpc.ts';
import { getPerson } from './person.ts';

/** Says which mails the caller wants; those that are not named stay as they are. */
export const save = procedure('account.manage')
	.input(choicesSchema)
	.mutation(async ({ ctx: { app, actor, entry }, input }) => {
		const { id } = getPerson(actor);
		await inAuditedTransaction(app.pool, async (tx, audit) => {
			await saveChoices(tx, id, input);
			audit(entry({ action: 'notifications.save', details: { ...input } }));
		});
	});
