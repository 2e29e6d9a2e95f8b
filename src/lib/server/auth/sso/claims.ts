/** What a provider says about a person, whichever way it said it. */
import { z } from 'zod';

/** So many groups are looked at; a directory that sends more sends them all. */
const MOST_GROUPS = 2000;

export const claimsSchema = z.object({
	/** Together they are who it is; an address is not. */
	issuer: z.string().min(1).max(1000),
	subject: z.string().min(1).max(255),
	/** In small letters; null where none was told or it is none. */
	email: z.string().nullable(),
	/** Whether the provider answers for the address; undefined where it does not say. */
	emailVerified: z.boolean().optional(),
	name: z.string().nullable(),
	groups: z.array(z.string()),
	/** When the provider last asked the person who they are (milliseconds since 1970); null where it does not say. */
	authAt: z.number().nullable()
});
export type Claims = z.infer<typeof claimsSchema>;

const emailSchema = z.email().max(320);

/** An address in small letters, or null for what is none. Letters beyond ASCII are none: they make look-alikes. */
export function emailIn(value: unknown): string | null {
	const parsed = emailSchema.safeParse(typeof value === 'string' ? value.trim() : value);
	return parsed.success ? parsed.data.toLowerCase() : null;
}

/** The domain of an address that `emailIn` gave. */
export function domainOf(email: string): string {
	return email.slice(email.lastIndexOf('@') + 1).toLowerCase();
}

/** A name of one line, or null. */
export function nameIn(value: unknown): string | null {
	const name = typeof value === 'string' ? value.replace(/\p{Cc}+/gu, ' ').trim() : '';
	return name && name.isWellFormed() ? name.slice(0, 100) : null;
}

/** Groups from a list or a single one. */
export function groupsIn(value: unknown): string[] {
	const list: unknown[] = Array.isArray(value) ? value : [value];
	return list.filter((each) => typeof each === 'string').slice(0, MOST_GROUPS);
}
