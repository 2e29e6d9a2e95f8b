import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { draftSchema } from '../../journeys/draft-document.ts';
import { createJourney } from '../../journeys/drafts.ts';
import { procedure } from '../trpc.ts';

const input = z.object({
	name: z.string().trim().min(1, 'A journey needs a name.').max(200),
	document: draftSchema.optional()
});

const output = z.object({ slug: z.string(), revision: z.number() });

/** A new journey, empty or from a document; its slug comes from its name. */
export const createProcedure = procedure('journeys.edit')
	.input(input)
	.output(output)
	.mutation(({ ctx: { app, actor, entry }, input: journey }) =>
		inAuditedTransaction(app.pool, async (tx, audit) => {
			const made = await createJourney(tx, journey, actor.kind === 'user' ? actor.id : null, app.clock.now());
			audit(entry({ action: 'journey.create', subject: { kind: 'journey', ids: [made.slug] } }));
			return made;
		})
	);
