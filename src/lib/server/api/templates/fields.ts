import { asc } from 'drizzle-orm';
import { z } from 'zod';
import { orm } from '../../db/db.ts';
import { attributes } from '../../db/schema.ts';
import { procedure } from '../trpc.ts';

const output = z.array(
	z.object({
		/** As Liquid reads it: `contact.firstName`. */
		path: z.string(),
		label: z.string(),
		type: z.enum(['text', 'number', 'boolean', 'date', 'datetime', 'list']),
		/** Says something about a person's health: not for subjects. */
		phi: z.boolean()
	})
);

/** What a message can read of a contact, by label. */
export const fieldsProcedure = procedure('journeys.read')
	.output(output)
	.query(async ({ ctx }) => {
		const known = await orm(ctx.app.pool).select().from(attributes).orderBy(asc(attributes.label));
		return known.map(({ key, label, type, phi }) => ({ path: `contact.${key}`, label, type, phi }));
	});
