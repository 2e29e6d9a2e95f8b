import { enrolByHand, type ByHand } from '$lib/runtime/enrol.ts';
import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';

const input = z.object({
	id: z.number().int().positive(),
	journey: z.string().max(64),
	/** Made by the caller: the same request sent twice lets in once. */
	request: z.uuid()
});

const output = z.object({
	/** `deferred`: the journey's limit gave a place for later. */
	entry: z.enum(['admitted', 'deferred', 'reentry'])
});

/** Lets one person into a live journey by hand. The re-entry rule and the limit of its trigger hold here too. */
export const enrolProcedure = procedure('contacts.edit')
	.input(input)
	.output(output)
	.mutation(({ ctx, input: { id, journey, request } }) =>
		inAuditedTransaction(ctx.app.pool, async (tx, audit) => {
			const asked = { journey, contactId: id, request };
			const entry = await enrolByHand(tx, ctx.app, asked, ctx.app.clock.now());
			const subject = { kind: 'contact', ids: [String(id)] };
			audit(ctx.entry({ action: 'contact.enrol', subject, details: { journey, entry } }));
			return { entry: open(entry) };
		})
	);

function open(entry: ByHand): z.infer<typeof output>['entry'] {
	switch (entry) {
		case 'no-contact':
			throw new ApiError('not-found', 'There is no such person.');
		case 'closed':
			throw new ApiError(
				'conflict',
				'Nobody can be let into this journey by hand: it is not live, or has no trigger for it.'
			);
		default:
			return entry;
	}
}
