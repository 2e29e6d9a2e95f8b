import { randomUUID } from 'node:crypto';
import { isZone } from '$lib/journey/index.ts';
import { z } from 'zod';
import { inTransaction } from '../../db/db.ts';
import { upsertContacts } from '../../ingest/contacts.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';

const optional = (text: z.ZodString) =>
	z.preprocess((value) => (value === '' ? undefined : value), text.optional());

const input = z.object({
	/** The id in the clinic's own system; made up when left out. */
	publicId: optional(z.string().trim().max(128)),
	name: z.string().trim().min(1, 'Write a name.').max(200),
	email: optional(
		z
			.string()
			.trim()
			.max(320)
			.regex(/^[^\s@]+@[^\s@]+$/, 'That is no email address.')
	),
	phone: optional(z.string().trim().max(40)),
	timezone: optional(z.string().refine(isZone, 'There is no such time zone.')),
	/** Whether the person signed an authorization for marketing. */
	marketing: z.boolean().default(false)
});

const output = z.object({ id: z.number() });

/** Adds one person by hand. */
export const createProcedure = procedure('contacts.edit')
	.input(input)
	.output(output)
	.mutation(({ ctx: { app }, input: { publicId = randomUUID(), marketing, ...person } }) =>
		inTransaction(app.pool, async (tx) => {
			const now = app.clock.now();
			const taken = await tx.query('select from contacts where public_id = $1', [publicId]);
			if (taken.rowCount)
				throw new ApiError('conflict', 'Another person has this id.', { path: '/publicId' });
			const consents = marketing ? [{ kind: 'marketing' as const, grantedAt: now }] : [];
			const [id] = await upsertContacts(tx, [{ id: publicId, ...person, consents }], now);
			if (id === undefined) throw new Error('A contact was written and has no id.');
			return { id };
		})
	);
