import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { parseTemplate, savedTemplateSchema, saveTemplate } from '../../mail/templates.ts';
import { procedure } from '../trpc.ts';
import { contentInput } from './content-input.ts';

const input = contentInput.extend({
	slug: z.string(),
	name: z.string(),
	/** The number of the version that was edited. */
	basedOn: z.number().int()
});

/** Saves a message as its next version. What is wrong comes with its path, such as `/blocks/2/text`. */
export const saveProcedure = procedure('templates.edit')
	.input(input)
	.output(z.object({ number: z.number(), savedAt: z.number() }))
	.mutation(({ ctx: { app, actor, entry }, input: { basedOn, ...edited } }) => {
		const template = parseTemplate(savedTemplateSchema, edited);
		const userId = actor.kind === 'user' ? actor.id : null;
		return inAuditedTransaction(app.pool, async (tx, audit) => {
			const { number } = await saveTemplate(tx, template, userId, basedOn);
			const subject = { kind: 'template', ids: [template.slug] };
			audit(entry({ action: 'template.save', subject, details: { version: number } }));
			return { number, savedAt: app.clock.now() };
		});
	});
