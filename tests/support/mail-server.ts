/** A mail server of somebody else's, which takes, refuses, puts off, or hangs up, as a test says. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { saveMailSettings } from '../../src/lib/server/mail/settings.ts';
import type { App } from '../../src/lib/server/app.ts';

/** What it does with a mail to an address. `drop` takes the whole mail and hangs up without an answer. */
export type Manner = 'take' | 'refuse' | 'put-off' | 'drop';

export interface MailServer {
	/** By the address's first word: `refuse@…`; all others are taken. A test may change its mind. */
	manners: Map<string, Manner>;
	/** Addresses of the mails it had whole, also those it did not answer. */
	taken: string[];
	/** Raw mails by address. */
	raw: Map<string, string>;
	port: number;
	close(): Promise<void>;
}

/** Starts one without TLS, and makes it the product's mail server. */
export async function startMailServer(app: App): Promise<MailServer> {
	const manners = new Map<string, Manner>();
	const taken: string[] = [];
	const raw = new Map<string, string>();
	const mannerOf = (address: string) => manners.get(address.split('@')[0] ?? '') ?? 'take';
	const server = new SMTPServer({
		disabledCommands: ['AUTH', 'STARTTLS'],
		disableReverseLookup: true,
		logger: false,
		onRcptTo({ address }, _session, callback) {
			const manner = mannerOf(address);
			if (manner === 'refuse') return callback(reply(550, `5.1.1 <${address}> has no mailbox here`));
			if (manner === 'put-off') return callback(reply(451, `4.7.1 <${address}> later`));
			callback();
		},
		onData(stream, session, callback) {
			const [to] = session.envelope.rcptTo.map(({ address }) => address);
			const chunks: Buffer[] = [];
			stream.on('data', (chunk: Buffer) => chunks.push(chunk));
			stream.on('end', () => {
				taken.push(to ?? '');
				raw.set(to ?? '', Buffer.concat(chunks).toString());
				if (mannerOf(to ?? '') === 'drop') for (const socket of sockets) socket.destroy();
				else callback();
			});
		}
	});
	const sockets = new Set<import('node:net').Socket>();
	server.server.on('connection', (socket) => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
	});
	server.on('error', () => {});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
	const { port } = server.server.address() as AddressInfo;
	await saveMailSettings(app, {
		host: '127.0.0.1',
		port,
		security: 'auto',
		fromAddress: 'care@clinic.example'
	});
	return { manners, taken, raw, port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

function reply(responseCode: number, message: string): Error {
	return Object.assign(new Error(message), { responseCode });
}
