import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { writeContacts } from '../../ingest/contacts.ts';
import { isTaken } from '../../people/find-people.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { nameInput, optionalFields } from './identity.ts';

const input = z.object({
	/** The id in the clinic's own system; made up when left out. */
	publicId: z.preprocess(
		(value) => (value === '' ? undefined : value),
		z.string().trim().max(128).optional()
	),
	name: nameInput,
	...optionalFields,
	/** Whether the person signed an authorization for marketing. */
	marketing: z.boolean().default(false)
});

const output = z.object({ id: z.number() });

/** Adds one person by hand. */
export const createProcedure = procedure('contacts.edit')
	.input(input)
	.output(output)
	.mutation(({ ctx, input: { publicId = randomUUID(), marketing, ...person } }) =>
		inAuditedTransaction(ctx.app.pool, async (tx, audit) => {
			const { vault, clock } = ctx.app;
			const now = clock.now();
			if (await isTaken(tx, vault, publicId))
				throw new ApiError('conflict', 'Another person has this id.', { path: '/publicId' });
			const consents = marketing ? [{ kind: 'marketing' as const, grantedAt: now }] : [];
			const patch = { id: publicId, ...person, consents };
			const [change] = (await writeContacts(tx, vault, [patch], now)).changes;
			if (!change) throw new Error('A contact was written and nothing of it changed.');
			audit(
				ctx.entry({
					action: 'contact.create',
					subject: { kind: 'contact', ids: [String(change.id)] },
					fields: marketing ? [...change.fields, 'consent.marketing'] : change.fields
				})
			);
			return { id: change.id };
		})
	);
