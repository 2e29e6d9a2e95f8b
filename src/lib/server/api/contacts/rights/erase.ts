import { z } from 'zod';
import { erasePerson } from '../../../people/erase.ts';
import { sealReason } from '../../../people/reason.ts';
import { procedure } from '../../trpc.ts';
import { idInput, subjectOf, userOf, wordsInput } from './rights-input.ts';

const input = idInput.extend({
	/** The person asked for it; nothing needs it any longer; it should never have been here. */
	reason: z.enum(['requested', 'not-needed', 'mistake', 'other']),
	words: wordsInput
});

const output = z.object({
	events: z.number(),
	/** Journeys that they were in and are no more. */
	cancelled: z.number(),
	/** How long authorizations and disclosures are kept; null where there are none. */
	until: z.string().nullable()
});

/** Deletes a person for good. Refused while there is a legal hold. */
export const eraseProcedure = procedure('contacts.erase', { fresh: true })
	.input(input)
	.output(output)
	.mutation(async ({ ctx, input: { id, reason, words } }) => {
		const { until, ...counts } = await erasePerson(ctx.app, { id, by: userOf(ctx.actor) }, (erasure) =>
			ctx.entry({
				action: 'contact.erase',
				subject: subjectOf(id),
				reason,
				reasonSealed: sealReason(ctx.app.vault, words),
				details: {
					events: erasure.events,
					cancelled: erasure.cancelled,
					keptUntil: erasure.until?.toISOString() ?? null
				}
			})
		);
		return { ...counts, until: until?.toISOString() ?? null };
	});
