/** Keeps what would have left, sealed for the person it is about: calls and text messages; mail comes by the catcher's SMTP. */
import type { Engine } from '../app.ts';
import { sealMail, type MailHead } from '../people/caught.ts';

export interface Caught {
	channel: 'text' | 'call';
	contactId: number;
	/** Of the journey it came from. */
	versionId: number;
	messageId?: number;
	head: MailHead;
	raw: Buffer;
}

export async function keepCaught({ pool, clock, vault }: Engine, caught: Caught): Promise<void> {
	const { channel, contactId, versionId, messageId = null, head, raw } = caught;
	const { rows } = await pool.query<{ id: number }>(
		`select nextval(pg_get_serial_sequence('caught_mails', 'id')) as id`
	);
	const id = rows[0]?.id ?? 0;
	const columns = await sealMail(vault, id, contactId, { head, raw });
	await pool.query(
		`insert into caught_mails (id, message_id, contact_id, caught_at, head, sealed, channel, version_id)
		 overriding system value values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		[id, messageId, contactId, new Date(clock.now()), columns.head, columns.sealed, channel, versionId]
	);
}
