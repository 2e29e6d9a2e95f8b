import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { correctPerson } from '../../people/correct.ts';
import { namesIn } from '../../people/show.ts';
import { sightOf } from '../../people/sight.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { correctedFields, nameInput } from './identity.ts';

const value = z.union([
	z.string().max(2000),
	z.number(),
	z.boolean(),
	z.array(z.union([z.string().max(200), z.number()])).max(100),
	z.null()
]);

const input = z.object({
	id: z.number().int().positive(),
	/** As `get` gave it; refused when the person was changed since. */
	revision: z.number().int(),
	name: nameInput.optional(),
	...correctedFields,
	/** By key; null takes it away. Only attributes that somebody defined. */
	attributes: z.record(z.string(), value).optional()
});

/** Corrects one person. What is left out stays as it is. The log keeps the names of what changed, never the values. */
export const updateProcedure = procedure('contacts.edit')
	.input(input)
	.output(z.object({ changed: z.boolean() }))
	.mutation(({ ctx, input: correction }) =>
		inAuditedTransaction(ctx.app.pool, async (tx, audit) => {
			const { vault, clock } = ctx.app;
			const sight = sightOf(ctx.actor);
			if (!sight.identifies)
				throw new ApiError('auth.forbidden', 'Only who sees names and addresses can correct them.');
			const fields = await correctPerson(tx, vault, sight, correction, clock.now());
			const subject = { kind: 'contact', ids: [String(correction.id)] };
			if (fields.length > 0) audit(ctx.entry({ action: 'contact.update', subject, fields: namesIn(fields) }));
			return { changed: fields.length > 0 };
		})
	);
