/** What a person says of a message of which nobody knew whether it was sent. */
import { settleHeld, type Verdict } from '$lib/runtime/held.ts';
import { ApiError } from '../api/errors.ts';
import type { App } from '../app.ts';
import type { MakeEntry } from '../audit/call.ts';
import { inAuditedTransaction } from '../audit/record.ts';
import type { Tx } from '../db/db.ts';
import { removeNote } from './notes.ts';

export type { Verdict };

const GONE = 'Somebody has decided about this message already.';

/** Throws ApiError `task.over` where somebody decided already, or it can't be sent any more. */
export async function settleMessage(
	app: App,
	{ id, verdict }: { id: number; verdict: Verdict },
	entry: MakeEntry
): Promise<void> {
	await inAuditedTransaction(app.pool, async (tx, audit) => {
		const contactId = await lockContactOf(tx, id);
		const settled = await settleHeld(tx, app, id, verdict);
		if (settled === 'gone') throw new ApiError('task.over', GONE);
		if (settled === 'over')
			throw new ApiError(
				'task.over',
				'This person has left the journey meanwhile, so nothing is sent any more.'
			);
		await removeNote(tx, { kind: 'unknown-message', key: String(id) });
		const subject = { kind: 'contact', ids: [String(contactId)] };
		audit(entry({ action: `message.${verdict}`, subject, details: { message: id, journey: settled.slug } }));
	});
}

async function lockContactOf(tx: Tx, messageId: number): Promise<number> {
	const { rows } = await tx.query<{ id: number }>(
		'select id from contacts where id = (select contact_id from messages where id = $1) for no key update',
		[messageId]
	);
	if (!rows[0]) throw new ApiError('task.over', GONE);
	return rows[0].id;
}
