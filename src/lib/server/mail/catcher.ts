/** The mail catcher: an SMTP server on loopback that keeps what it gets, so that in test mode no mail leaves. */
import type { AddressInfo } from 'node:net';
import type pg from 'pg';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Clock } from '../app.ts';
import { readHeaders } from './mail-headers.ts';
import { MESSAGE_HEADER } from './transport.ts';

const LARGEST_MAIL = 10 * 1024 * 1024;

/** Listens on a free port of 127.0.0.1 until closed. */
export async function startCatcher(
	pool: pg.Pool,
	clock: Clock
): Promise<{ port: number; close(): Promise<void> }> {
	const server = new SMTPServer({
		disabledCommands: ['AUTH', 'STARTTLS'],
		size: LARGEST_MAIL,
		logger: false,
		banner: 'Stepwell keeps this mail',
		disableReverseLookup: true,
		onData(stream, session, callback) {
			keep(pool, clock, stream, session).then(
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
	pool: pg.Pool,
	clock: Clock,
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
	await pool.query(
		`insert into caught_mails (message_id, caught_at, envelope_from, envelope_to, subject, raw)
		 values ($1, $2, $3, $4, $5, $6)`,
		[
			message && /^\d{1,15}$/.test(message) ? Number(message) : null,
			new Date(clock.now()),
			from ? from.address : '',
			session.envelope.rcptTo.map((recipient) => recipient.address),
			headers.get('subject') ?? '',
			raw
		]
	);
}
