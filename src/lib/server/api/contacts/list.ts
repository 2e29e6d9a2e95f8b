import { z } from 'zod';
import { procedure } from '../trpc.ts';
import { listContacts } from './contact-rows.ts';

const input = z.object({
	/** Part of a name or email address, or a whole id. */
	search: z.string().trim().max(200).default(''),
	/** `next` of the page before. */
	cursor: z.number().int().positive().optional()
});

const output = z.object({
	rows: z.array(
		z.object({
			/** Stepwell's own number for the person; addresses of pages carry it, since the clinic's id may be a record number. */
			id: z.number(),
			publicId: z.string(),
			name: z.string().nullable(),
			email: z.string().nullable(),
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

/** People, the newest first. */
export const listProcedure = procedure('contacts.read')
	.input(input)
	.output(output)
	.query(async ({ ctx: { app }, input: { search, cursor } }) => {
		const { rows, ...rest } = await listContacts(app.pool, search, cursor ?? null);
		return { rows: rows.map((row) => ({ ...row, addedAt: row.addedAt.toISOString() })), ...rest };
	});
