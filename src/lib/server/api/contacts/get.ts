import { eventWords } from '$lib/journey/index.ts';
import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { can } from '../../auth/permissions.ts';
import { listEvents } from '../../people/history.ts';
import { getPerson } from '../../people/person.ts';
import { ATTRIBUTE_TAGS, loadAttributes, SENSITIVE_KINDS } from '../../people/registry.ts';
import { listAgreed, RESTRICTION_KINDS } from '../../people/restrictions.ts';
import { namesIn } from '../../people/show.ts';
import { sightOf, type SeenAttribute } from '../../people/sight.ts';
import { sentence } from '../reports/words.ts';
import { procedure } from '../trpc.ts';
import { listConsents, listSuppressions, type ConsentRow } from './contact-rows.ts';
import { identityFields, identitySchema } from './identity.ts';
import { enrollmentSchema, tellJourneys } from './journeys-of.ts';
import { valueInWords } from './value-words.ts';

const attributeSchema = z.object({
	key: z.string(),
	label: z.string(),
	type: z.enum(['text', 'number', 'boolean', 'date', 'datetime', 'list']),
	tag: z.enum(ATTRIBUTE_TAGS),
	sensitiveKind: z.enum(SENSITIVE_KINDS).nullable(),
	/** False while it is in quarantine: it came in, and nobody said what it is. */
	defined: z.boolean(),
	/** Whether the value is less than what is kept. */
	masked: z.boolean(),
	/** Whether the reader may see the whole of it, for a reason. */
	showable: z.boolean(),
	/** In words. */
	value: z.string(),
	/** As it is kept, for a form; null where it is masked. */
	raw: z.unknown()
});

const consentSchema = z.object({
	kind: z.enum(['marketing', 'email', 'text']),
	topic: z.string().nullable(),
	grantedAt: z.string(),
	expiresAt: z.string().nullable(),
	revokedAt: z.string().nullable(),
	state: z.enum(['given', 'expired', 'revoked'])
});

const output = identitySchema.extend({
	id: z.number(),
	/** Give it back with a correction. */
	revision: z.number(),
	timezone: z.string().nullable(),
	/** Zone to show times in: the person's, else the workspace's. */
	zone: z.string(),
	addedAt: z.string(),
	/** What the reader may do with this person. */
	may: z.object({ show: z.boolean(), edit: z.boolean(), rights: z.boolean() }),
	/** What was agreed with the person, without its words. */
	agreed: z.array(z.object({ kind: z.enum(RESTRICTION_KINDS), since: z.string() })),
	attributes: z.array(attributeSchema),
	consents: z.array(consentSchema),
	suppressions: z.array(
		z.object({
			scope: z.enum(['all', 'marketing']),
			reason: z.enum(['unsubscribed', 'complained', 'bounced', 'manual']),
			at: z.string()
		})
	),
	enrollments: z.array(enrollmentSchema),
	events: z.array(z.object({ id: z.number(), title: z.string(), at: z.string(), hasDetails: z.boolean() }))
});

/** One person and all that happened to them. What is covered, `show` uncovers. Who was seen by name is recorded. */
export const getProcedure = procedure('contacts.read')
	.input(z.object({ id: z.number().int().positive() }))
	.output(output)
	.query(async ({ ctx, input: { id } }) => {
		const { app, actor } = ctx;
		const sight = sightOf(actor);
		const person = await getPerson(app, id);
		const { zone } = person;
		const attributes = sight.attributes(person.facts, await loadAttributes(app.pool));
		const told = {
			id,
			...sight.identity(person.facts),
			revision: person.revision,
			timezone: person.timezone,
			zone,
			addedAt: person.addedAt.toISOString(),
			may: {
				show: can(actor, 'contacts.show'),
				edit: can(actor, 'contacts.edit') && sight.identifies,
				rights: can(actor, 'contacts.restrict')
			},
			agreed: (await listAgreed(app.pool, id)).map(({ kind, since }) => ({
				kind,
				since: since.toISOString()
			})),
			attributes: attributes.map((each) => ({
				...each,
				value: valueInWords(each.value, zone),
				raw: each.masked ? null : each.value
			})),
			consents: (await listConsents(app.pool, id)).map((each) => tellConsent(each, app.clock.now())),
			suppressions: (await listSuppressions(app.pool, id)).map((row) => ({
				...row,
				at: row.at.toISOString()
			})),
			enrollments: await tellJourneys(app, sight, id, zone),
			events: (await listEvents(app.pool, id)).map(({ occurredAt, name, ...event }) => ({
				...event,
				title: eventTitle(name),
				at: occurredAt.toISOString()
			}))
		};
		if (sight.identifies)
			await inAuditedTransaction(app.pool, async (_, audit) =>
				audit(
					ctx.entry({
						action: 'contact.read',
						subject: { kind: 'contact', ids: [String(id)] },
						fields: [...identityFields, ...namesIn(clearOf(attributes))]
					})
				)
			);
		return told;
	});

function clearOf(attributes: readonly SeenAttribute[]): string[] {
	return attributes.filter(({ masked }) => !masked).map(({ key }) => key);
}

function tellConsent(consent: ConsentRow, now: number): z.infer<typeof consentSchema> {
	return {
		...consent,
		grantedAt: consent.grantedAt.toISOString(),
		expiresAt: consent.expiresAt?.toISOString() ?? null,
		revokedAt: consent.revokedAt?.toISOString() ?? null,
		state: consentState(consent, now)
	};
}

function consentState(
	consent: Pick<ConsentRow, 'expiresAt' | 'revokedAt'>,
	now: number
): 'given' | 'expired' | 'revoked' {
	if (consent.revokedAt && consent.revokedAt.getTime() <= now) return 'revoked';
	return consent.expiresAt && consent.expiresAt.getTime() <= now ? 'expired' : 'given';
}

/** `api.lab-result-ready` is the call of a trigger: "Lab result ready". */
function eventTitle(name: string): string {
	return sentence(eventWords(name.replace(/^api\./, '')));
}
