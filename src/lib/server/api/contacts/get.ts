import { eventWords } from '$lib/journey/index.ts';
import { z } from 'zod';
import { sentence } from '../reports/words.ts';
import { procedure } from '../trpc.ts';
import {
	getContact,
	listAttributes,
	listConsents,
	listEvents,
	listSuppressions,
	type AttributeRow
} from './contact-rows.ts';
import { enrollmentSchema, tellJourneys } from './journeys-of.ts';
import { MASK, valueInWords } from './value-words.ts';

const input = z.object({ id: z.number().int().positive() });

const output = z.object({
	id: z.number(),
	publicId: z.string(),
	name: z.string().nullable(),
	email: z.string().nullable(),
	phone: z.string().nullable(),
	timezone: z.string().nullable(),
	/** Zone to show times in: the person's, else the workspace's. */
	zone: z.string(),
	addedAt: z.string(),
	attributes: z.array(z.object({ key: z.string(), label: z.string(), phi: z.boolean(), value: z.string() })),
	consents: z.array(
		z.object({
			kind: z.enum(['marketing', 'email', 'text']),
			topic: z.string().nullable(),
			grantedAt: z.string(),
			expiresAt: z.string().nullable(),
			revokedAt: z.string().nullable(),
			state: z.enum(['given', 'expired', 'revoked'])
		})
	),
	suppressions: z.array(
		z.object({
			scope: z.enum(['all', 'marketing']),
			reason: z.enum(['unsubscribed', 'complained', 'bounced', 'manual']),
			at: z.string()
		})
	),
	enrollments: z.array(enrollmentSchema),
	events: z.array(z.object({ id: z.number(), title: z.string(), at: z.string(), properties: z.number() }))
});

/** One person and all that happened to them. What is marked as health information comes masked; `show` unmasks it. */
export const getProcedure = procedure('contacts.read')
	.input(input)
	.output(output)
	.query(async ({ ctx: { app }, input: { id } }) => {
		const { attributes, addedAt, ...contact } = await getContact(app.pool, id);
		const now = app.clock.now();
		return {
			...contact,
			addedAt: addedAt.toISOString(),
			attributes: maskAttributes(attributes, await listAttributes(app.pool), contact.zone),
			consents: (await listConsents(app.pool, id)).map((consent) => ({
				...consent,
				grantedAt: consent.grantedAt.toISOString(),
				expiresAt: consent.expiresAt?.toISOString() ?? null,
				revokedAt: consent.revokedAt?.toISOString() ?? null,
				state: consentState(consent, now)
			})),
			suppressions: (await listSuppressions(app.pool, contact.email)).map((row) => ({
				...row,
				at: row.at.toISOString()
			})),
			enrollments: await tellJourneys(app.pool, id, contact.zone),
			events: (await listEvents(app.pool, id)).map((event) => ({
				id: event.id,
				title: eventTitle(event.name),
				at: event.occurredAt.toISOString(),
				properties: Object.keys(event.properties).length
			}))
		};
	});

/** What the person has, in the order of labels. An attribute that nobody registered counts as health information. */
export function maskAttributes(
	attributes: Record<string, unknown>,
	known: readonly AttributeRow[],
	zone: string
): { key: string; label: string; phi: boolean; value: string }[] {
	const knownByKey = new Map(known.map((attribute) => [attribute.key, attribute]));
	return Object.entries(attributes)
		.map(([key, value]) => {
			const { label = key, phi = true } = knownByKey.get(key) ?? {};
			return { key, label, phi, value: phi ? MASK : valueInWords(value, zone) };
		})
		.sort((a, b) => a.label.localeCompare(b.label, 'en'));
}

function consentState(
	consent: { expiresAt: Date | null; revokedAt: Date | null },
	now: number
): 'given' | 'expired' | 'revoked' {
	if (consent.revokedAt && consent.revokedAt.getTime() <= now) return 'revoked';
	return consent.expiresAt && consent.expiresAt.getTime() <= now ? 'expired' : 'given';
}

/** `api.lab-result-ready` is the call of a trigger: "Lab result ready". */
function eventTitle(name: string): string {
	return sentence(eventWords(name.replace(/^api\./, '')));
}
