/** What calls about a person's rights have in common. */
import { z } from 'zod';
import type { Actor } from '../../../auth/permissions.ts';

export const idInput = z.object({ id: z.number().int().positive() });

export const wordsInput = z.string().trim().min(3, 'Write in a few words why.').max(300);

/** The user that a row names as who did it; a program is none. */
export function userOf(actor: Actor): number | null {
	return actor.kind === 'user' ? actor.id : null;
}

export function subjectOf(id: number): { kind: string; ids: string[] } {
	return { kind: 'contact', ids: [String(id)] };
}
