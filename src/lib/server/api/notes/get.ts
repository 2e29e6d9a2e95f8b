import { z } from 'zod';
import { inAuditedTransaction } from '../../audit/record.ts';
import { can } from '../../auth/permissions.ts';
import { getNotice, markRead } from '../../people/notices.ts';
import { ApiError } from '../errors.ts';
import { procedure } from '../trpc.ts';
import { noteSchema } from './note-schema.ts';

const output = noteSchema.extend({ contactId: z.number(), text: z.string().nullable() });

/** One note with its words, which may be about somebody's health: so it is recorded that it was read. */
export const getProcedure = procedure('contacts.show')
	.input(z.object({ id: z.number().int() }))
	.output(output)
	.query(async ({ ctx: { app, actor, entry }, input: { id } }) => {
		if (actor.kind !== 'user' || !can(actor, 'contacts.identify'))
			throw new ApiError('auth.forbidden', 'A note says who it is about, and what.');
		const note = await getNotice(app, id, actor.id);
		const subject = { kind: 'contact', ids: [String(note.contactId)] };
		await inAuditedTransaction(app.pool, async (tx, audit) => {
			await markRead(tx, id, actor.id, app.clock.now());
			audit(entry({ action: 'note.read', subject, details: { note: id } }));
		});
		return note;
	});
