/** What integrators send: events and trigger calls, as they write them and as we keep them. */
import { isZone } from '$lib/journey/index.ts';
import { z } from 'zod';
import type { ContactPatch } from './contacts.ts';

/** How many events one call may bring. */
export const EVENTS_PER_CALL = 500;
/** A sender's clock may be this much ahead of ours; such an event counts as of now. */
const CLOCK_SKEW_MS = 5 * 60_000;

const publicId = z.string().trim().min(1).max(128);
const attributeKey = z
	.string()
	.regex(
		/^[A-Za-z][A-Za-z0-9_]{0,63}$/,
		'A name of letters, digits and _ that begins with a letter is needed'
	);
const attributeValue = z.union(
	[
		z.string().max(4000),
		z.number(),
		z.boolean(),
		z.null(),
		z.array(z.union([z.string().max(500), z.number()])).max(100)
	],
	{ error: 'Expected text, a number, true or false, null, or a list of texts or numbers' }
);

export const contactSchema = z.strictObject({
	id: publicId,
	name: z.string().trim().max(200).nullish(),
	email: z.email('Expected an email address').max(320).nullish(),
	phone: z.string().trim().max(40).nullish(),
	timezone: z.string().refine(isZone, 'Expected a time zone such as America/New_York').nullish(),
	attributes: z.record(attributeKey, attributeValue).optional()
});

const contactRef = z.union([publicId, contactSchema], {
	error: 'Expected the id of a contact, or an object with its id, name, email, phone, timezone or attributes'
});

// What only Stepwell itself can know; told from outside it would move people who did nothing.
const OURS = /^(api\.|email\.|send\.|approval\.)/;
const eventName = z
	.string()
	.trim()
	.min(1)
	.max(200)
	.refine((name) => !OURS.test(name), {
		error:
			'Names that begin with api., email., send. or approval. are Stepwell’s own. Call a trigger, or choose another name'
	});

const common = {
	contact: contactRef,
	occurredAt: z.iso
		.datetime({ offset: true, error: 'Expected a date and time such as 2026-03-31T09:00:00Z' })
		.optional(),
	idempotencyKey: z.string().min(1).max(255).optional()
};

export const eventSchema = z.strictObject({
	...common,
	name: eventName,
	properties: z.record(z.string(), z.unknown()).default({})
});
export const eventsSchema = z.array(eventSchema).min(1).max(EVENTS_PER_CALL);
export const triggerCallSchema = z.strictObject({
	...common,
	payload: z.record(z.string(), z.unknown()).default({})
});
export const triggerName = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/);

export type EventInput = z.infer<typeof eventSchema>;
export type TriggerCall = z.infer<typeof triggerCallSchema>;

/** An event as the intake takes it. `patch` is null where the sender only named the contact, who must then exist. */
export interface IntakeEvent {
	contactId: string;
	patch: ContactPatch | null;
	name: string;
	properties: Record<string, unknown>;
	occurredAt: number;
	key: string | null;
}

/** `input` as an intake event. `name` and `properties` are given apart, since a trigger call names them otherwise. */
export function toIntakeEvent(
	input: Pick<EventInput, 'contact' | 'occurredAt' | 'idempotencyKey'>,
	name: string,
	properties: Record<string, unknown>,
	receivedAt: number
): IntakeEvent {
	const { contact } = input;
	return {
		contactId: typeof contact === 'string' ? contact : contact.id,
		patch: typeof contact === 'string' ? null : contact,
		name,
		properties,
		occurredAt: input.occurredAt ? Math.min(Date.parse(input.occurredAt), receivedAt) : receivedAt,
		key: input.idempotencyKey ?? null
	};
}

/** Whether an event claims to happen later than our clock and a sender's can differ. */
export function isInFuture(input: { occurredAt?: string }, receivedAt: number): boolean {
	return input.occurredAt !== undefined && Date.parse(input.occurredAt) > receivedAt + CLOCK_SKEW_MS;
}
