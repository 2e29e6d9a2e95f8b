import { z } from 'zod';
import { REASONS, sealReason } from '../../people/reason.ts';
import { show } from '../../people/show.ts';
import { sightOf } from '../../people/sight.ts';
import { procedure } from '../trpc.ts';
import { valueInWords } from './value-words.ts';

/** Why somebody wants to see what is covered. The words are sealed before they are kept. */
export const reasonInput = z.object({
	code: z.enum(REASONS),
	words: z.string().trim().min(3, 'Write in a few words what it is for.').max(300)
});

const input = z.object({
	id: z.number().int().positive(),
	/** An event's id, to see what it came with; without it the attributes are shown. */
	event: z.number().int().positive().optional(),
	reason: reasonInput
});

const output = z.array(z.object({ key: z.string(), label: z.string(), value: z.string() }));

/** Shows health information on purpose, and records who saw what of whom and why; never the values. */
export const showProcedure = procedure('contacts.show')
	.input(input)
	.output(output)
	.mutation(async ({ ctx, input: { id, event, reason } }) => {
		const { zone, shown } = await show(ctx.app, sightOf(ctx.actor), { id, event }, (fields) =>
			ctx.entry({
				action: 'phi.show',
				subject: { kind: 'contact', ids: [String(id)] },
				fields,
				reason: reason.code,
				reasonSealed: sealReason(ctx.app.vault, reason.words),
				...(event !== undefined && { details: { event } })
			})
		);
		return shown.map(({ key, label, value }) => ({ key, label, value: valueInWords(value, zone) }));
	});
