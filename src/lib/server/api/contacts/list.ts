import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { findPeople } from '../../people/find-people.ts';
import { sightOf } from '../../people/sight.ts';
import { procedure } from '../trpc.ts';
import { identityFields, identitySchema } from './identity.ts';

const input = z.object({
	/** The beginnings of a name's words, or a whole email address, phone number or id. */
	search: z.string().max(200).default(''),
	/** `next` of the page before. */
	cursor: z.number().int().positive().optional()
});

const output = z.object({
	rows: z.array(
		z.object({
			/** Stepwell's own number for the person; addresses of pages carry it, since the clinic's id may be a record number. */
			id: z.number(),
			/** Null where what is kept can't be opened: it was changed by hand. */
			identity: identitySchema.nullable(),
			addedAt: z.string(),
			/** Journeys that they are in now. */
			inside: z.number()
		})
	),
	/** How many there are in all that fit the search. */
	total: z.number(),
	next: z.number().nullable(),
	/** The workspace's zone, for the days. */
	zone: z.string()
});

/** People, the newest first. Who was seen by name is recorded. */
export const listProcedure = procedure('contacts.read')
	.input(input)
	.output(output)
	.query(async ({ ctx, input: { search, cursor } }) => {
		const sight = sightOf(ctx.actor);
		const { rows, ...rest } = await findPeople(ctx.app, sight, search, cursor ?? null);
		const ids = rows.map(({ id }) => String(id));
		if (sight.identifies && ids.length > 0)
			await inAuditedTransaction(ctx.app.pool, async (_, audit) =>
				audit(
					ctx.entry({ action: 'contact.read', subject: { kind: 'contact', ids }, fields: identityFields })
				)
			);
		return { rows: rows.map((row) => ({ ...row, addedAt: row.addedAt.toISOString() })), ...rest };
	});
