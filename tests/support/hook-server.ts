/** A system of somebody else's that journeys call over HTTPS, and which answers as a test says. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { callOnce, type CallOptions } from '../../src/lib/server/webhooks/call.ts';
import type { Caller } from '../../src/lib/server/webhooks/caller.ts';
import { makeCertificate } from './certificate.ts';

export const HOOK_HOST = 'lab.example.test';

export interface Heard {
	method: string;
	url: string;
	headers: IncomingMessage['headers'];
	body: string;
}

export type Answer = (heard: Heard, response: ServerResponse, n: number) => void;

export interface HookServer {
	heard: Heard[];
	/** How it answers from now on; `n` counts its calls from 1. */
	answer: Answer;
	port: number;
	url: string;
	ca: string;
	/** What reaches it: the host is allowed by name, and leads to this machine. */
	options(more?: Partial<CallOptions>): CallOptions;
	caller(more?: Partial<CallOptions>): Caller;
	close(): Promise<void>;
}

export async function startHookServer(): Promise<HookServer> {
	const { key, cert } = makeCertificate(HOOK_HOST);
	const heard: Heard[] = [];
	const server = createServer({ key, cert }, (request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const { method = '', url = '', headers } = request;
			const call = { method, url, headers, body: Buffer.concat(chunks).toString() };
			heard.push(call);
			hooks.answer(call, response, heard.length);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
	const { port } = server.address() as AddressInfo;
	const options = (more: Partial<CallOptions> = {}): CallOptions => ({
		hosts: [`${HOOK_HOST}:${port}`],
		resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
		ca: cert,
		...more
	});
	const hooks: HookServer = {
		heard,
		answer: (_, response) => void response.end(),
		port,
		url: `https://${HOOK_HOST}:${port}/hook`,
		ca: cert,
		options,
		caller: (more) => ({ call: ({ request, key }) => callOnce(request, key, options(more)) }),
		close: () =>
			new Promise((resolve) => {
				server.closeAllConnections();
				server.close(() => resolve());
			})
	};
	return hooks;
}
