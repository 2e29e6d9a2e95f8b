import { z } from 'zod';
import { afterAnswer } from '../../after-answer.ts';
import { inAuditedTransaction } from '../../audit/record.ts';
import { beginEmergency } from '../../auth/emergency.ts';
import { tellEmergency } from '../../auth/emergency-letter.ts';
import { sealReason } from '../../people/reason.ts';
import { procedure } from '../trpc.ts';

const input = z.object({
	/** Sealed before it is kept: it may say who is in danger. */
	words: z.string().trim().min(10, 'Write in a sentence what the emergency is.').max(300)
});

/** Opens emergency access for the caller, for an hour. Each look that follows carries its number in the audit log. */
export const begin = procedure('emergency.begin', { fresh: true })
	.input(input)
	.output(z.object({ endsAt: z.string() }))
	.mutation(async ({ ctx: { app, actor, entry }, input: { words } }) => {
		const endsAt = await inAuditedTransaction(app.pool, async (tx, audit) => {
			const begun = await beginEmergency(tx, Number(actor.id), app.clock.now());
			audit(
				entry({
					action: 'emergency.begin',
					reason: 'emergency',
					reasonSealed: sealReason(app.vault, words),
					details: { emergency: begun.id }
				})
			);
			return begun.endsAt;
		});
		afterAnswer(app, 'emergency access', () => tellEmergency(app, { by: actor.name, until: endsAt }));
		return { endsAt: endsAt.toISOString() };
	});
