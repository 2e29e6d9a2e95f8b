/** Who a person is, as answers tell it, and what may be written of it. */
import { isZone } from '$lib/journey/index.ts';
import { z } from 'zod';

export const identitySchema = z.object({
	/** The id in the clinic's own system. */
	publicId: z.string(),
	name: z.string().nullable(),
	email: z.string().nullable(),
	phone: z.string().nullable()
});

/** What the audit log calls them. */
export const identityFields = ['publicId', 'name', 'email', 'phone'];

const isEmpty = (value: unknown) => value === '';

export const nameInput = z.string().trim().min(1, 'Write a name.').max(200);
export const emailInput = z
	.string()
	.trim()
	.max(320)
	.regex(/^[^\s@]+@[^\s@]+$/, 'That is no email address.');
export const phoneInput = z.string().trim().max(40);
const zoneInput = z.string().refine(isZone, 'There is no such time zone.');

/** Fields of a form in which an empty text is the same as none. */
export const optionalFields = {
	email: z.preprocess((value) => (isEmpty(value) ? undefined : value), emailInput.optional()),
	phone: z.preprocess((value) => (isEmpty(value) ? undefined : value), phoneInput.optional()),
	timezone: z.preprocess((value) => (isEmpty(value) ? undefined : value), zoneInput.optional())
};

/** The same in a correction: an empty text takes what is there away. */
export const correctedFields = {
	email: z.preprocess((value) => (isEmpty(value) ? null : value), emailInput.nullable().optional()),
	phone: z.preprocess((value) => (isEmpty(value) ? null : value), phoneInput.nullable().optional()),
	timezone: z.preprocess((value) => (isEmpty(value) ? null : value), zoneInput.nullable().optional())
};
