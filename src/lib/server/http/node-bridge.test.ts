import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { provideApp, type App } from '../app.ts';
import { answerWith, BODY_LIMIT, type MachineRoute } from './node-bridge.ts';

const logged: string[] = [];
const route: MachineRoute = async (request, meta) => {
	const { pathname, searchParams } = new URL(request.url);
	if (pathname === '/echo')
		return Response.json({
			body: await request.text(),
			q: searchParams.get('q'),
			ip: meta.ip,
			type: request.headers.get('content-type')
		});
	if (pathname === '/cookies')
		return new Response(null, {
			status: 204,
			headers: [
				['set-cookie', 'a=1'],
				['set-cookie', 'b=2']
			]
		});
	if (pathname === '/unread') return new Response('no', { status: 401 });
	if (pathname === '/bug') throw new Error('Ann Patient has A1c 9');
	return null;
};

const server = createServer((req, res) =>
	answerWith([async () => null, route])(req, res, () => {
		let body = '';
		req.on('data', (chunk: Buffer) => (body += chunk.toString()));
		req.on('end', () => res.end(`next ${req.url} ${body}`));
	})
);
let base: string;

beforeAll(async () => {
	provideApp({ log: pino({}, { write: (line: string) => void logged.push(line) }) } as unknown as App);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const post = (path: string, body: BodyInit, more: RequestInit & { duplex?: 'half' } = {}) =>
	fetch(base + path, { method: 'POST', body, ...more });

test('a machine route sees the request and its answer goes back', async () => {
	const response = await post('/echo?q=1', '{"a":"é"}', { headers: { 'content-type': 'application/json' } });
	expect(await response.json()).toEqual({
		body: '{"a":"é"}',
		q: '1',
		ip: '127.0.0.1',
		type: 'application/json'
	});
});

test('what no route takes goes on with its body whole', async () => {
	expect(await (await post('/form', 'a=1&b=2')).text()).toBe('next /form a=1&b=2');
	expect(await (await fetch(`${base}/page`)).text()).toBe('next /page ');
});

test('several cookies stay several', async () => {
	expect((await fetch(`${base}/cookies`)).headers.getSetCookie()).toEqual(['a=1', 'b=2']);
});

test('a body of the largest size is taken, and a larger one is 413', async () => {
	expect((await post('/echo', 'x'.repeat(BODY_LIMIT))).status).toBe(200);
	const response = await post('/echo', 'x'.repeat(BODY_LIMIT + 1));
	expect(response.status).toBe(413);
	expect(await response.json()).toMatchObject({ error: { code: 'input.too-large' } });
});

test('a larger body without a length is stopped where it passes the limit', async () => {
	const chunk = new Uint8Array(64 * 1024);
	let sent = 0;
	const body = new ReadableStream<Uint8Array>({
		pull(controller) {
			controller.enqueue(chunk);
			sent += chunk.length;
			if (sent > BODY_LIMIT * 1.25) controller.close();
		}
	});
	const status = await post('/echo', body, { duplex: 'half' }).then(
		(response) => response.status,
		// The server may close while the client still writes.
		() => 413
	);
	expect(status).toBe(413);
});

test('an answer without reading the body leaves the connection usable', async () => {
	expect((await post('/unread', 'x'.repeat(200_000))).status).toBe(401);
	expect((await post('/echo', 'after')).status).toBe(200);
});

test('a bug is a 500 with a reference, and neither answer nor log has the error’s words', async () => {
	const response = await fetch(`${base}/bug`);
	expect(response.status).toBe(500);
	const { error } = (await response.json()) as { error: { code: string; message: string } };
	expect(error.code).toBe('internal');
	const reference = /reference is ([a-z0-9]+)/.exec(error.message)?.[1] ?? 'none';
	expect(logged.join()).toContain(reference);
	expect(logged.join() + error.message).not.toMatch(/Ann|A1c/);
});
