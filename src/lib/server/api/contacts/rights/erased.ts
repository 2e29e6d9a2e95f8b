import { z } from 'zod';
import { inAuditedTransaction } from '../../../audit/record.ts';
import { can } from '../../../auth/permissions.ts';
import { findErased } from '../../../people/retained.ts';
import { sightOf } from '../../../people/sight.ts';
import { procedure } from '../../trpc.ts';
import { idInput, subjectOf } from './rights-input.ts';

const output = z
	.object({
		erasedAt: z.string(),
		/** How long authorizations and disclosures are kept; null where there are none. */
		until: z.string().nullable(),
		/** Who it was, while that is kept, for whoever answers for it. */
		name: z.string().nullable(),
		mayAccount: z.boolean()
	})
	.nullable();

/** When a person was deleted, and what is kept of them; null for one who was not. */
export const erasedProcedure = procedure('contacts.read')
	.input(idInput)
	.output(output)
	.query(async ({ ctx, input: { id } }) => {
		const erased = await findErased(ctx.app, id);
		if (!erased) return null;
		const mayAccount = can(ctx.actor, 'contacts.restrict');
		const identity = erased.identity && mayAccount ? sightOf(ctx.actor).identity(erased.identity) : null;
		if (identity)
			await inAuditedTransaction(ctx.app.pool, async (_, audit) =>
				audit(ctx.entry({ action: 'contact.read', subject: subjectOf(id), fields: ['name', 'publicId'] }))
			);
		return {
			erasedAt: erased.erasedAt.toISOString(),
			until: erased.until?.toISOString() ?? null,
			name: identity && (identity.name ?? identity.publicId),
			mayAccount
		};
	});
