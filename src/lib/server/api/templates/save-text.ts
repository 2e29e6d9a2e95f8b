import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { saveTextTemplate } from '../../mail/text-templates.ts';
import { procedure } from '../trpc.ts';

const input = z.object({
	slug: z.string(),
	name: z.string(),
	text: z.string(),
	/** The number of the version that was edited. */
	basedOn: z.number().int()
});

/** Saves a text message as its next version. What is wrong comes with its path. */
export const saveTextProcedure = procedure('templates.edit')
	.input(input)
	.output(z.object({ number: z.number(), savedAt: z.number() }))
	.mutation(({ ctx: { app, actor, entry }, input: { basedOn, ...edited } }) => {
		const userId = actor.kind === 'user' ? actor.id : null;
		return inAuditedTransaction(app.pool, async (tx, audit) => {
			const { number } = await saveTextTemplate(tx, edited, userId, basedOn);
			const subject = { kind: 'template', ids: [edited.slug] };
			audit(entry({ action: 'template.save', subject, details: { version: number } }));
			return { number, savedAt: app.clock.now() };
		});
	});
