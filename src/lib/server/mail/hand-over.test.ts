import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import type { App } from '../app.ts';
import { readHeaders } from './mail-headers.ts';
import { seal } from './seal.ts';
import { saveMailSettings, verifyMailSettings, type MailSettingsInput } from './settings.ts';
import { messageIdOf, openTransport, type OutgoingMail } from './transport.ts';

const secret = Buffer.alloc(32, 3);
const closing: (() => void)[] = [];
afterEach(() => {
	for (const close of closing.splice(0)) close();
});

interface Sink {
	port: number;
	mails: Buffer[];
	conversations: number;
}

/** A real SMTP server on loopback that keeps what it accepts. */
async function listen(options: SMTPServerOptions = {}): Promise<Sink> {
	const sink: Sink = { port: 0, mails: [], conversations: 0 };
	const server = new SMTPServer({
		logger: false,
		authOptional: true,
		disabledCommands: ['STARTTLS'],
		onConnect(_session, callback) {
			sink.conversations++;
			callback();
		},
		onData(stream, _session, callback) {
			const chunks: Buffer[] = [];
			stream.on('data', (chunk: Buffer) => chunks.push(chunk));
			stream.on('end', () => {
				sink.mails.push(Buffer.concat(chunks));
				callback();
			});
		},
		...options
	});
	server.on('error', () => {});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	closing.push(() => server.close());
	sink.port = (server.server.address() as AddressInfo).port;
	return sink;
}

/** A server that speaks the lines of `script` by the command it answers, and hangs up where it has none. */
async function listenTo(script: Record<string, string>): Promise<{ port: number; seen: string[] }> {
	const seen: string[] = [];
	const server = createServer((socket) => {
		socket.on('error', () => {});
		socket.write('220 ready\r\n');
		let inData = false;
		let rest = '';
		socket.on('data', (chunk) => {
			rest += chunk.toString('latin1');
			const lines = rest.split('\r\n');
			rest = lines.pop() ?? '';
			for (const line of lines) {
				if (inData && line !== '.') continue;
				const command = inData ? 'dot' : (line.split(/[ :]/)[0] ?? '').toUpperCase();
				inData = command === 'DATA';
				seen.push(command);
				const answer = script[command];
				if (answer === undefined) return void socket.destroy();
				socket.write(`${answer}\r\n`);
			}
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	closing.push(() => server.close());
	return { port: (server.address() as AddressInfo).port, seen };
}

/** An app whose only table is the mail settings. */
function appWith(settings: Partial<MailSettingsInput> | null, catcherPort = 1) {
	const stored = settings && {
		host: '127.0.0.1',
		port: 1,
		security: 'auto',
		fromAddress: 'care@clinic.example',
		sealedPassword: settings.password ? seal(secret, settings.password) : null,
		...Object.fromEntries(Object.entries(settings).filter(([key]) => key !== 'password'))
	};
	const pool = { query: async () => ({ rows: stored ? [{ value: stored }] : [] }) } as unknown as App['pool'];
	return { pool, secret, catcherPort, publicUrl: 'http://localhost:3000' };
}

const mail: OutgoingMail = {
	messageId: 42,
	to: { name: 'Ann Lee', address: 'ann.lee@example.test' },
	fromName: 'Riverside Clinic',
	subject: 'Your visit',
	html: '<p>Hello</p>',
	text: 'Hello',
	headers: { 'List-Unsubscribe': '<https://clinic.example/u/x>' },
	security: 'auto'
};

async function sendTo(settings: Partial<MailSettingsInput>, over: Partial<OutgoingMail> = {}) {
	const transport = await openTransport(appWith(settings));
	closing.push(() => transport.close());
	return transport.send({ ...mail, ...over });
}

describe('a mail that is accepted', () => {
	it('arrives with a Message-ID made from the message’s id, and without the catcher’s header', async () => {
		const sink = await listen();
		expect(await sendTo({ port: sink.port })).toEqual({ outcome: 'sent', response: '250' });
		const headers = readHeaders(sink.mails[0] ?? Buffer.alloc(0));
		expect(headers.get('message-id')).toBe(messageIdOf(secret, 42, 'care@clinic.example'));
		expect(headers.get('from')).toBe('Riverside Clinic <care@clinic.example>');
		expect(headers.get('list-unsubscribe')).toBe('<https://clinic.example/u/x>');
		expect(headers.has('x-stepwell-message')).toBe(false);
	});

	it('goes over one connection after the other mail', async () => {
		const sink = await listen();
		const transport = await openTransport(appWith({ port: sink.port }));
		closing.push(() => transport.close());
		for (let n = 0; n < 5; n++) await transport.send({ ...mail, messageId: n });
		expect(sink.mails).toHaveLength(5);
		expect(sink.conversations).toBe(1);
	});

	it('goes to the catcher, marked, while no mail server is set', async () => {
		const sink = await listen();
		const transport = await openTransport(appWith(null, sink.port));
		closing.push(() => transport.close());
		expect(transport.testMode).toBe(true);
		expect(await transport.send({ ...mail, security: 'tls' })).toMatchObject({ outcome: 'sent' });
		expect(readHeaders(sink.mails[0] ?? Buffer.alloc(0)).get('x-stepwell-message')).toBe('42');
	});
});

describe('a mail that is not', () => {
	const refuse = (responseCode: number, message: string) =>
		listen({
			onRcptTo: (_address, _session, callback) =>
				callback(Object.assign(new Error(message), { responseCode }))
		});

	it('has failed when the server refuses the address, and the answer repeats no address', async () => {
		const sink = await refuse(550, '5.1.1 <ann.lee@example.test>: no such user');
		const result = await sendTo({ port: sink.port });
		expect(result).toEqual({ outcome: 'failed', reason: 'refused', response: '550 5.1.1 at RCPT TO' });
	});

	it('is deferred when the server is busy or greylists', async () => {
		const sink = await refuse(451, '4.7.1 Try again later');
		expect(await sendTo({ port: sink.port })).toEqual({
			outcome: 'deferred',
			response: '451 4.7.1 at RCPT TO'
		});
	});

	it('is deferred when nobody listens', async () => {
		const sink = await listen();
		for (const close of closing.splice(0)) close();
		expect(await sendTo({ port: sink.port })).toMatchObject({ outcome: 'deferred' });
	});

	it('is deferred when the server hangs up before it has the mail', async () => {
		const server = await listenTo({ EHLO: '250 ok', MAIL: '250 ok' });
		expect(await sendTo({ port: server.port })).toMatchObject({ outcome: 'deferred' });
	});

	it('is deferred when the greeting refuses everybody', async () => {
		const sink = await listen({
			onConnect: (_session, callback) =>
				callback(Object.assign(new Error('No service'), { responseCode: 554 }))
		});
		expect(await sendTo({ port: sink.port })).toMatchObject({ outcome: 'deferred' });
	});

	it('is deferred when our own password is wrong', async () => {
		const sink = await listen({
			authOptional: false,
			allowInsecureAuth: true,
			onAuth: (_auth, _session, callback) => callback(new Error('no'))
		});
		const result = await sendTo({ port: sink.port, user: 'clinic', password: 'wrong' });
		expect(result.outcome).toBe('deferred');
		expect(result.response).toContain('535');
	});

	it('has failed when the server refuses its contents', async () => {
		const server = await listenTo({
			EHLO: '250 ok',
			MAIL: '250 ok',
			RCPT: '250 ok',
			DATA: '354 go',
			dot: '554 5.7.1 spam'
		});
		expect(await sendTo({ port: server.port })).toEqual({
			outcome: 'failed',
			reason: 'refused',
			response: '554 5.7.1 at DATA'
		});
	});

	it('is unknown, and sent once only, when the server had it all and hung up', async () => {
		const server = await listenTo({ EHLO: '250 ok', MAIL: '250 ok', RCPT: '250 ok', DATA: '354 go' });
		expect(await sendTo({ port: server.port })).toMatchObject({ outcome: 'unknown' });
		expect(server.seen.filter((command) => command === 'dot')).toHaveLength(1);
	});

	it('has failed with tls-unavailable when the step asks for encryption and the server has none', async () => {
		const sink = await listen();
		expect(await sendTo({ port: sink.port }, { security: 'tls' })).toMatchObject({
			outcome: 'failed',
			reason: 'tls-unavailable'
		});
		expect(sink.mails).toHaveLength(0);
	});

	it.each([
		'ann@example.test, eve@example.test',
		'ann@example.test\r\nRCPT TO:<eve@example.test>',
		'Ann <ann@example.test>',
		''
	])('is never handed over to what is not one address: %j', async (address) => {
		const sink = await listen();
		expect(await sendTo({ port: sink.port }, { to: { name: null, address } })).toMatchObject({
			outcome: 'failed',
			reason: 'address-invalid'
		});
		expect(sink.conversations).toBe(0);
	});

	it.each([
		{ subject: 'Hi\r\nBcc: eve@example.test' },
		{ to: { name: 'Ann\nBcc: eve@example.test', address: 'ann@example.test' } },
		{ headers: { 'X-A': 'a\r\nBcc: eve@example.test' } }
	])('is never handed over with a line break in a header: %j', async (over) => {
		const sink = await listen();
		expect(await sendTo({ port: sink.port }, over)).toMatchObject({
			outcome: 'failed',
			reason: 'header-invalid'
		});
		expect(sink.conversations).toBe(0);
	});
});

describe('trying the settings', () => {
	const settings: MailSettingsInput = {
		host: '127.0.0.1',
		port: 1,
		security: 'auto',
		fromAddress: 'care@clinic.example'
	};

	it('says yes to a server that answers', async () => {
		const sink = await listen();
		expect(await verifyMailSettings(appWith(null), { ...settings, port: sink.port })).toEqual({ ok: true });
	});

	it.each([
		['nobody listens', { port: 1 }, 'Nothing listens at 127.0.0.1, port 1'],
		['STARTTLS is asked for and missing', { security: 'starttls' as const }, 'without the encryption'],
		['TLS is asked for and it speaks plainly', { security: 'tls' as const }, 'another kind of security']
	])('says what is wrong when %s', async (_, over, words) => {
		const sink = await listen();
		const result = await verifyMailSettings(appWith(null), { ...settings, port: sink.port, ...over });
		expect(result).toMatchObject({ ok: false, message: expect.stringContaining(words) as string });
	});

	it('says when the password is wrong', async () => {
		const sink = await listen({
			allowInsecureAuth: true,
			onAuth: (_auth, _session, callback) => callback(new Error('no'))
		});
		const result = await verifyMailSettings(appWith(null), {
			...settings,
			port: sink.port,
			user: 'clinic',
			password: 'x'
		});
		expect(result).toMatchObject({
			ok: false,
			message: expect.stringContaining('refuses the user name or password') as string
		});
	});
});

describe('a saved password', () => {
	async function saved(before: Partial<MailSettingsInput> | null, input: Partial<MailSettingsInput>) {
		const writes: unknown[] = [];
		const app = appWith(before);
		const read = app.pool.query.bind(app.pool) as (text: string) => Promise<unknown>;
		const pool = {
			query: (text: string, values?: unknown[]) =>
				values ? (writes.push(values[0]), Promise.resolve()) : read(text)
		} as unknown as App['pool'];
		await saveMailSettings(
			{ pool, secret },
			{ host: '127.0.0.1', port: 25, security: 'auto', fromAddress: 'care@clinic.example', ...input }
		);
		return JSON.stringify(writes[0]);
	}

	it('is kept sealed', async () => {
		const written = await saved(null, { user: 'clinic', password: 'correct horse' });
		expect(written).toContain('sealedPassword');
		expect(written).not.toContain('correct horse');
	});

	it('stays when it is left out, and is dropped when the server is another', async () => {
		const before = { user: 'clinic', password: 'correct horse' };
		expect(await saved(before, { user: 'clinic' })).toContain('"sealedPassword":"');
		expect(await saved(before, { user: 'clinic', host: 'evil.example' })).toContain('"sealedPassword":null');
	});
});
