// A mail server that takes everything, a little slowly, and counts what it had whole by Message-ID.
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { saveMailSettings, type MailSettingsStore } from '$lib/server/mail/settings.ts';

export interface Sink {
	/** Times by Message-ID, whether it was answered or not. */
	times: Map<string, number>;
	close(): Promise<void>;
}

/** Starts one, and makes it the product's mail server. */
export async function startSink(store: MailSettingsStore): Promise<Sink> {
	const times = new Map<string, number>();
	const server = new SMTPServer({
		disabledCommands: ['AUTH', 'STARTTLS'],
		disableReverseLookup: true,
		logger: false,
		onData(stream, _session, callback) {
			const chunks: Buffer[] = [];
			stream.on('data', (chunk: Buffer) => chunks.push(chunk));
			stream.on('end', () => {
				const id = /^message-id:\s*(\S+)/im.exec(Buffer.concat(chunks).toString())?.[1] ?? '';
				times.set(id, (times.get(id) ?? 0) + 1);
				setImmediate(callback);
			});
		}
	});
	// A sender that was killed in the middle.
	server.on('error', () => {});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
	const { port } = server.server.address() as AddressInfo;
	await saveMailSettings(store, { host: '127.0.0.1', port, security: 'auto', fromAddress: FROM });
	return { times, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

export const FROM = 'care@clinic.example';
