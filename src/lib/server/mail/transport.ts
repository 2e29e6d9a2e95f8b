/** Hands mail over by SMTP: to the mail server that is set, else to the catcher inside the product. */
import { createHmac } from 'node:crypto';
import type { Readable } from 'node:stream';
import { createTransport, type SendMailOptions, type Transporter } from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { App } from '../app.ts';
import type { ComposedMail } from './compose.ts';
import { readAcceptance, readHandOverError, type HandOver } from './hand-over.ts';
import { keyFor } from './keys.ts';
import { connectionOf, emailAddress, findMailServer, type MailSettingsInput } from './settings.ts';

/** Tells the catcher which message a mail is; no mail that leaves the machine carries it. */
export const MESSAGE_HEADER = 'X-Stepwell-Message';
/** Tells it that whoever reads the mail could come in. */
export const DOOR_HEADER = 'X-Stepwell-Opens-Door';

export interface OutgoingMail extends ComposedMail {
	/** Null for a test mail. */
	messageId: number | null;
	/** Whether it holds a link by which whoever has it comes in. */
	opensDoor?: boolean;
	to: { name: string | null; address: string };
	/** The sender's name where the mail server's settings have none: the workspace's. */
	fromName: string;
	/** 'tls': without encryption to the mail server it is not handed over. */
	security: 'auto' | 'tls';
}

export interface MailTransport {
	/** Never throws for what a server does. One attempt: trying again is the caller's to decide. */
	send(mail: OutgoingMail): Promise<HandOver>;
	/** True while no mail server is set. */
	testMode: boolean;
	/** Ends the connections; what is being sent fails as a lost connection does. */
	close(): void;
}

interface Route {
	fromAddress: string;
	fromName?: string;
	replyTo?: string;
	caught: boolean;
	/** The connection pool for mail that must, or need not, be encrypted. */
	poolFor(needsTls: boolean): Transporter;
	close(): void;
}

/** Opens the way out that the settings say now. A caller that lives long opens anew when they change. */
export async function openTransport(
	app: Pick<App, 'pool' | 'secret' | 'catcherPort' | 'publicUrl'>
): Promise<MailTransport> {
	const server = await findMailServer(app);
	const route = server ? routeTo(server) : routeToCatcher(app);
	return {
		testMode: !server,
		send: (mail) => handOver(app.secret, route, mail),
		close: () => route.close()
	};
}

const pooling = {
	pool: true,
	maxConnections: 5,
	maxMessages: 100,
	// Nodemailer would send a mail again by itself when a connection closes, also one that the server already has.
	maxRequeues: 0,
	connectionTimeout: 20_000,
	greetingTimeout: 20_000,
	socketTimeout: 60_000,
	disableFileAccess: true,
	disableUrlAccess: true
} as const;

interface Delivery extends SendMailOptions {
	/** Called when the last byte of the mail went to the connection. */
	onRead(): void;
}

/**
 * A pool that says how far a mail came. Nodemailer tells a lost connection in the same words whether the server had
 * the mail or not; its stream is read to the end only in answer to the server's 354.
 */
function openPool(options: ConnectionOptions): Transporter {
	const pool = createTransport({ ...pooling, ...options });
	pool.use('stream', (mail, done) => {
		const { onRead } = mail.data as Delivery;
		const { message } = mail;
		const createReadStream = message.createReadStream.bind(message);
		message.createReadStream = (streamOptions) => {
			const stream: Readable = createReadStream(streamOptions);
			return stream.once('end', onRead);
		};
		done();
	});
	return pool;
}

interface ConnectionOptions {
	host: string;
	port: number;
	secure?: boolean;
	requireTLS?: boolean;
	ignoreTLS?: boolean;
	auth?: { user: string; pass: string };
}

function routeTo(server: MailSettingsInput): Route {
	const connection = connectionOf(server);
	const pools = new Map<boolean, Transporter>();
	return {
		fromAddress: server.fromAddress,
		fromName: server.fromName,
		replyTo: server.replyTo,
		caught: false,
		poolFor(needsTls) {
			const requireTLS = connection.requireTLS || needsTls;
			const open = pools.get(requireTLS) ?? openPool({ ...connection, requireTLS });
			pools.set(requireTLS, open);
			return open;
		},
		close: () => pools.forEach((open) => open.close())
	};
}

function routeToCatcher(app: Pick<App, 'catcherPort' | 'publicUrl'>): Route {
	// On loopback, and going no further: there is nothing to encrypt.
	const open = openPool({ host: '127.0.0.1', port: app.catcherPort, ignoreTLS: true });
	return {
		fromAddress: `care@${new URL(app.publicUrl).hostname}`,
		caught: true,
		poolFor: () => open,
		close: () => open.close()
	};
}

async function handOver(secret: Buffer, route: Route, mail: OutgoingMail): Promise<HandOver> {
	const refused = refuse(mail);
	if (refused) return refused;
	const needsTls = mail.security === 'tls' && !route.caught;
	let complete = false;
	const delivery: Delivery = {
		envelope: { from: route.fromAddress, to: [mail.to.address] },
		raw: await build(secret, route, mail),
		onRead: () => (complete = true)
	};
	try {
		const info: { response?: string } = await route.poolFor(needsTls).sendMail(delivery);
		return readAcceptance(info.response);
	} catch (error) {
		return readHandOverError(error, { complete, needsTls });
	}
}

/** A line break in a header would let a contact's data write headers; an address that reads as two would mail a stranger. */
function refuse(mail: OutgoingMail): HandOver | null {
	if (!emailAddress.safeParse(mail.to.address).success)
		return { outcome: 'failed', reason: 'address-invalid', response: 'not an address' };
	const headers = [mail.subject, mail.to.name ?? '', mail.fromName, ...Object.entries(mail.headers).flat()];
	if (headers.some((value) => /[\r\n]/.test(value)))
		return { outcome: 'failed', reason: 'header-invalid', response: 'a header has a line break' };
	return null;
}

function build(secret: Buffer, route: Route, mail: OutgoingMail): Promise<Buffer> {
	const id = mail.messageId === null ? undefined : messageIdOf(secret, mail.messageId, route.fromAddress);
	return new MailComposer({
		from: { name: route.fromName || mail.fromName, address: route.fromAddress },
		to: { name: mail.to.name ?? '', address: mail.to.address },
		...(route.replyTo ? { replyTo: route.replyTo } : {}),
		...(id ? { messageId: id } : {}),
		subject: mail.subject,
		html: mail.html,
		text: mail.text,
		headers: {
			...mail.headers,
			...(route.caught && mail.messageId !== null ? { [MESSAGE_HEADER]: String(mail.messageId) } : {}),
			...(route.caught && mail.opensDoor ? { [DOOR_HEADER]: 'yes' } : {})
		},
		disableFileAccess: true,
		disableUrlAccess: true
	})
		.compile()
		.build();
}

/** The same message has the same Message-ID at each attempt, and a stranger can't count messages by it. */
export function messageIdOf(secret: Buffer, messageId: number, fromAddress: string): string {
	const mark = createHmac('sha256', keyFor(secret, 'message-id'))
		.update(String(messageId))
		.digest('hex')
		.slice(0, 32);
	return `<${mark}@${fromAddress.slice(fromAddress.lastIndexOf('@') + 1)}>`;
}
