import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { findPeople } from '../../people/find-people.ts';
import { sightOf } from '../../people/sight.ts';
import { procedure } from '../trpc.ts';

const SHOWN = 8;

/** `id` is Stepwell's own number of the person. */
const output = z.array(z.object({ id: z.string(), name: z.string() }));

/** Up to eight people to preview a message as: the newest, or those whose name or id fits what is typed. */
export const previewPeopleProcedure = procedure('contacts.identify')
	.input(z.object({ search: z.string().max(100) }))
	.output(output)
	.query(async ({ ctx, input }) => {
		const { rows } = await findPeople(ctx.app, sightOf(ctx.actor), input.search);
		const people = rows
			.slice(0, SHOWN)
			.flatMap(({ id, identity }) =>
				identity ? [{ id: String(id), name: identity.name ?? identity.publicId }] : []
			);
		if (people.length > 0)
			await inAuditedTransaction(ctx.app.pool, async (_, audit) =>
				audit(
					ctx.entry({
						action: 'contact.read',
						subject: { kind: 'contact', ids: people.map(({ id }) => id) },
						fields: ['publicId', 'name']
					})
				)
			);
		return people.sort((a, b) => a.name.localeCompare(b.name, 'en'));
	});
