import { z } from 'zod';
import { inAuditedTransaction } from '../../../audit/record.ts';
import { can } from '../../../auth/permissions.ts';
import { DISCLOSURE_PURPOSES, listDisclosures } from '../../../people/disclosures.ts';
import { listHolds } from '../../../people/holds.ts';
import { getPerson } from '../../../people/person.ts';
import { listRestrictions, RESTRICTION_KINDS } from '../../../people/restrictions.ts';
import { KEPT_YEARS, yearsFrom } from '../../../people/rights.ts';
import { procedure } from '../../trpc.ts';
import { idInput, subjectOf } from './rights-input.ts';

const output = z.object({
	restrictions: z.array(
		z.object({
			id: z.number(),
			kind: z.enum(RESTRICTION_KINDS),
			words: z.string(),
			/** Where to write instead; only for the kind `address`. */
			email: z.string().nullable(),
			phone: z.string().nullable(),
			requestedAt: z.string(),
			agreedBy: z.string().nullable(),
			endedAt: z.string().nullable()
		})
	),
	holds: z.array(
		z.object({
			id: z.number(),
			words: z.string(),
			placedBy: z.string().nullable(),
			placedAt: z.string(),
			liftedBy: z.string().nullable(),
			liftedAt: z.string().nullable()
		})
	),
	/** How many disclosures of the last six years there are. */
	disclosures: z.number(),
	purposes: z.array(z.enum(DISCLOSURE_PURPOSES)),
	may: z.object({ export: z.boolean(), erase: z.boolean(), restrict: z.boolean() })
});

/** What was agreed with a person, what stands against deleting them, and what may be done. Recorded. */
export const getProcedure = procedure('contacts.restrict')
	.input(idInput)
	.output(output)
	.query(async ({ ctx, input: { id } }) => {
		const { app, actor } = ctx;
		await getPerson(app, id);
		const now = new Date(app.clock.now());
		const since = yearsFrom(now, -KEPT_YEARS);
		const told = {
			restrictions: (await listRestrictions(app, id)).map((each) => ({
				...each,
				requestedAt: each.requestedAt.toISOString(),
				endedAt: each.endedAt?.toISOString() ?? null
			})),
			holds: (await listHolds(app, id)).map((each) => ({
				...each,
				placedAt: each.placedAt.toISOString(),
				liftedAt: each.liftedAt?.toISOString() ?? null
			})),
			disclosures: (await listDisclosures(app, id, since, now)).length,
			purposes: [...DISCLOSURE_PURPOSES],
			may: {
				export: can(actor, 'contacts.export'),
				erase: can(actor, 'contacts.erase'),
				restrict: can(actor, 'contacts.restrict')
			}
		};
		await inAuditedTransaction(app.pool, async (_, audit) =>
			audit(
				ctx.entry({ action: 'contact.rights', subject: subjectOf(id), fields: ['restrictions', 'holds'] })
			)
		);
		return told;
	});
