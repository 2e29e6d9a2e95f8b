import { z } from 'zod';
import { inAuditedTransaction } from '../../../audit/record.ts';
import { DISCLOSURE_PURPOSES, listDisclosures } from '../../../people/disclosures.ts';
import { getPerson } from '../../../people/person.ts';
import { findErased } from '../../../people/retained.ts';
import { KEPT_YEARS, yearsFrom } from '../../../people/rights.ts';
import { sightOf } from '../../../people/sight.ts';
import { ApiError } from '../../errors.ts';
import { procedure } from '../../trpc.ts';
import { idInput, subjectOf } from './rights-input.ts';

const day = z.iso.date();
const input = idInput.extend({
	/** The first and the last day, in UTC; left out, the last six years. */
	from: day.optional(),
	to: day.optional()
});

const output = z.object({
	/** Who it is about; null for somebody deleted of whom no name is kept. */
	name: z.string().nullable(),
	from: z.string(),
	to: z.string(),
	disclosures: z.array(
		z.object({
			id: z.number(),
			at: z.string(),
			toWhom: z.string(),
			address: z.string(),
			what: z.string(),
			purpose: z.enum(DISCLOSURE_PURPOSES),
			recordedBy: z.string().nullable()
		})
	)
});

const DAY_MS = 86_400_000;

/** To whom something about a person was told, in at most six years: the report that they may ask for. Recorded. */
export const disclosuresProcedure = procedure('contacts.restrict')
	.input(input)
	.output(output)
	.query(async ({ ctx, input: { id, ...asked } }) => {
		const { app } = ctx;
		const today = new Date(app.clock.now()).toISOString().slice(0, 10);
		const to = asked.to ?? today;
		const from = asked.from ?? yearsFrom(new Date(to), -KEPT_YEARS).toISOString().slice(0, 10);
		if (from > to || from < yearsFrom(new Date(to), -KEPT_YEARS).toISOString().slice(0, 10))
			throw new ApiError('input.invalid', 'The report covers at most six years, up to its last day.', {
				path: '/from'
			});
		const erased = await findErased(app, id);
		const facts = erased ? erased.identity : (await getPerson(app, id)).facts;
		const until = new Date(Date.parse(to) + DAY_MS);
		const disclosures = await listDisclosures(app, id, new Date(from), until);
		await inAuditedTransaction(app.pool, async (_, audit) =>
			audit(
				ctx.entry({
					action: 'disclosure.read',
					subject: subjectOf(id),
					fields: ['name', 'disclosures'],
					details: { from, to }
				})
			)
		);
		const identity = facts && sightOf(ctx.actor).identity(facts);
		return {
			name: identity && (identity.name ?? identity.publicId),
			from,
			to,
			disclosures: disclosures.map((each) => ({ ...each, at: each.at.toISOString() }))
		};
	});
