import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { makeWebServer, type Patience } from './web-server.ts';

let close = (): void => {};
afterEach(() => close());

async function serving(publicUrl: string, patience?: Patience): Promise<number> {
	const server = makeWebServer(
		publicUrl,
		async (request, response) => {
			const body = await text(request).catch(() => null);
			if (body !== null) response.setHeader('referrer-policy', 'no-referrer').end(body);
		},
		patience
	);
	close = () => void server.close();
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return (server.address() as AddressInfo).port;
}

test('every answer carries the headers, and a route may set its own', async () => {
	const { headers } = await fetch(`http://127.0.0.1:${await serving('http://localhost:4780')}`);
	expect(headers.get('x-content-type-options')).toBe('nosniff');
	expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
	expect(headers.get('referrer-policy')).toBe('no-referrer');
	expect(headers.get('strict-transport-security'), 'it means nothing over HTTP').toBeNull();
});

test('over HTTPS browsers are told to stay there', async () => {
	const { headers } = await fetch(`http://127.0.0.1:${await serving('https://journeys.example.org')}`);
	expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
});

test.each([
	['headers', 'POST / HTTP/1.1\r\nHost: a\r\n'],
	['a body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf']
])('whoever never ends %s is cut off', async (_, sent) => {
	const port = await serving('http://localhost:4780', { headersMs: 50, requestMs: 100 });
	const socket = connect(port, '127.0.0.1');
	socket.write(sent);
	expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
});
