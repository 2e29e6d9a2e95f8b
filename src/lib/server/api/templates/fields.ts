import { z } from 'zod';
import { loadAttributes } from '../../people/registry.ts';
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

/** What a message can read of a contact, by label; what nobody has defined yet is not offered. */
export const fieldsProcedure = procedure('journeys.read')
	.output(output)
	.query(async ({ ctx }) => {
		const known = await loadAttributes(ctx.app.pool);
		return known
			.filter(({ definedAt }) => definedAt !== null)
			.map(({ key, label, type, tag }) => ({ path: `contact.${key}`, label, type, phi: tag !== 'none' }));
	});
