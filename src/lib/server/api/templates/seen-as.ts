/** Whom a message is seen as, out of a call: nobody sees one as a person whose name they may not see. */
import { z } from 'zod';
import type { MakeEntry } from '../../audit/call.ts';
import { can, type Actor } from '../../auth/permissions.ts';
import type { SeenAs } from '../../mail/preview.ts';
import { sightOf } from '../../people/sight.ts';
import { ApiError } from '../errors.ts';

/** Stepwell's own number of a person; left out, a made-up one. */
export const contactInput = z
	.string()
	.regex(/^[1-9]\d{0,14}$/, 'Choose a person of the list.')
	.optional();

interface Call {
	actor: Actor;
	entry: MakeEntry;
}

/** `onceInMs`: within so long, one entry stands for all. */
export function seenAs(
	{ actor, entry }: Call,
	contact: string | undefined,
	onceInMs = 0
): SeenAs | undefined {
	if (contact === undefined) return undefined;
	if (!can(actor, 'contacts.identify'))
		throw new ApiError('auth.forbidden', 'Only who sees names can see a message as a person.');
	return {
		id: Number(contact),
		sight: sightOf(actor),
		onceInMs,
		entryFor: (fields) =>
			entry({ action: 'contact.preview', subject: { kind: 'contact', ids: [contact] }, fields })
	};
}
