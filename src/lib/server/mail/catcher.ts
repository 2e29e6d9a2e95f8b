/** The mail catcher: an SMTP server on loopback that keeps what it gets, so that in test mode no mail leaves. */
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Engine } from '../app.ts';
import { sealMail } from '../people/caught.ts';
import type { Db } from '../db/db.ts';
import { readHeaders } from './mail-headers.ts';
import { DOOR_HEADER, MESSAGE_HEADER } from './transport.ts';

const LARGEST_MAIL = 10 * 1024 * 1024;

/** Listens on a free port of 127.0.0.1 until closed. */
export async function startCatcher(engine: Engine): Promise<{ port: number; close(): Promise<void> }> {
	const server = new SMTPServer({
		disabledCommands: ['AUTH', 'STARTTLS'],
		size: LARGEST_MAIL,
		logger: false,
		banner: 'Stepwell keeps this mail',
		disableReverseLookup: true,
		onData(stream, session, callback) {
			keep(engine, stream, session).then(
				() => callback(),
				// Not kept is not accepted: the sender tries again.
				() => callback(Object.assign(new Error('The mail could not be kept'), { responseCode: 451 }))
			);
		}
	});
	// A client that breaks off emits here too; without a listener that would end the process.
	server.on('error', () => {});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(0, '127.0.0.1', () => {
			server.off('error', reject);
			resolve();
		});
	});
	return {
		port: (server.server.address() as AddressInfo).port,
		close: () => new Promise((resolve) => server.close(() => resolve()))
	};
}

async function keep(
	{ pool, clock, vault }: Engine,
	stream: SMTPServerDataStream,
	session: SMTPServerSession
): Promise<void> {
	const chunks: Buffer[] = [];
	for await (const chunk of stream) chunks.push(chunk as Buffer);
	if (stream.sizeExceeded) throw new Error('The mail is larger than the catcher takes.');
	const raw = Buffer.concat(chunks);
	const headers = readHeaders(raw);
	const from = session.envelope.mailFrom;
	const message = headers.get(MESSAGE_HEADER.toLowerCase());
	const messageId = message && /^\d{1,15}$/.test(message) ? Number(message) : null;
	const { id, contactId } = await placeFor(pool, messageId);
	const head = {
		from: from ? from.address : '',
		to: session.envelope.rcptTo.map((recipient) => recipient.address),
		subject: headers.get('subject') ?? ''
	};
	const columns = await sealMail(vault, id, contactId, { head, raw });
	await pool.query(
		`insert into caught_mails (id, message_id, contact_id, caught_at, head, sealed, opens_door)
		 overriding system value values ($1, $2, $3, $4, $5, $6, $7)`,
		[
			id,
			messageId,
			contactId,
			new Date(clock.now()),
			columns.head,
			columns.sealed,
			headers.has(DOOR_HEADER.toLowerCase())
		]
	);
}

/** The mail's id, drawn beforehand since what is sealed is bound to it, and whom the message was for. */
async function placeFor(db: Db, messageId: number | null): Promise<{ id: number; contactId: number | null }> {
	const { rows } = await db.query<{ id: number; contactId: number | null }>(
		`select nextval(pg_get_serial_sequence('caught_mails', 'id')) as id,
			(select contact_id from messages where id = $1) as "contactId"`,
		[messageId]
	);
	const [place] = rows;
	if (!place) throw new Error('No id was given for a caught mail.');
	return place;
}
