import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HOOK_HOST, startHookServer, type HookServer } from '../../../../tests/support/hook-server.ts';
import { callOnce, type CallOptions, type CallRequest } from './call.ts';
import { resolveByDns } from './place.ts';

let hooks: HookServer;
beforeAll(async () => void (hooks = await startHookServer()));
afterAll(() => hooks.close());
beforeEach(() => {
	hooks.heard.length = 0;
	hooks.answer = (_, response) => void response.end();
});

const call = (request: Partial<CallRequest> = {}, options: Partial<CallOptions> = {}) =>
	callOnce(
		{ url: hooks.url, method: 'POST', headers: {}, body: '{"a":1}', ...request },
		'the-key',
		hooks.options(options)
	);

describe('an answer', () => {
	test('of 200 with JSON is read, and the request said who called, what, and by which key', async () => {
		hooks.answer = (_, response) => {
			response.setHeader('content-type', 'application/json; charset=utf-8');
			response.end('{"score":7}');
		};
		expect(await call({ headers: { 'X-Api-Key': 's3cret' } })).toEqual({
			outcome: 'answered',
			status: 200,
			body: { score: 7 }
		});
		const [heard] = hooks.heard;
		expect(heard).toMatchObject({ method: 'POST', url: '/hook', body: '{"a":1}' });
		expect(heard?.headers).toMatchObject({
			host: `${HOOK_HOST}:${hooks.port}`,
			'content-type': 'application/json',
			'content-length': '7',
			'idempotency-key': 'the-key',
			'x-api-key': 's3cret'
		});
	});

	test('in text is text, and JSON that is none is text too', async () => {
		hooks.answer = (_, response) => void response.end('seven');
		expect(await call()).toMatchObject({ body: 'seven' });
		hooks.answer = (_, response) => {
			response.setHeader('content-type', 'application/json');
			response.end('{');
		};
		expect(await call()).toMatchObject({ body: '{' });
	});

	test('without a body has none', async () => {
		expect(await call()).toEqual({ outcome: 'answered', status: 200 });
	});

	test('that is larger than 64 kB counts, and is not read', async () => {
		hooks.answer = (_, response) => void response.end('x'.repeat(65 * 1024));
		expect(await call()).toEqual({ outcome: 'answered', status: 200 });
		hooks.answer = (_, response) => void response.end('x'.repeat(64 * 1024));
		expect(await call()).toMatchObject({ body: 'x'.repeat(64 * 1024) });
	});

	test.each([400, 401, 404, 409, 410, 422])('of %i is an answer', async (status) => {
		hooks.answer = (_, response) => void response.writeHead(status).end('no');
		expect(await call()).toEqual({ outcome: 'answered', status });
	});

	test.each([408, 429, 500, 502, 503, 504])('of %i may be another a moment later', async (status) => {
		hooks.answer = (_, response) => void response.writeHead(status, { 'Retry-After': '17' }).end();
		expect(await call()).toEqual({ outcome: 'failed', fault: 'busy', status, retryAfterMs: 17_000 });
	});

	test.each([301, 302, 303, 307, 308])('of %i is not followed', async (status) => {
		hooks.answer = (_, response) =>
			void response.writeHead(status, { Location: `https://${HOOK_HOST}:${hooks.port}/inside` }).end();
		expect(await call()).toEqual({ outcome: 'failed', fault: 'redirected', status });
		expect(hooks.heard).toHaveLength(1);
	});
});

describe('no answer', () => {
	test('in time', async () => {
		hooks.answer = () => {};
		expect(await call({}, { timeoutMs: 50 })).toEqual({ outcome: 'failed', fault: 'no-answer-in-time' });
	});

	test('to the end in time', async () => {
		hooks.answer = (_, response) => void response.writeHead(200).write('a');
		expect(await call({}, { timeoutMs: 100 })).toEqual({ outcome: 'failed', fault: 'no-answer-in-time' });
	});

	test('of the name server in time', async () => {
		const resolve = () => new Promise<never>(() => {});
		expect(await call({}, { timeoutMs: 50, resolve })).toMatchObject({ fault: 'no-answer-in-time' });
	});

	test('since the connection broke', async () => {
		hooks.answer = (_, response) => void response.destroy();
		expect(await call()).toEqual({ outcome: 'failed', fault: 'no-connection' });
	});

	test('since nobody is known by that name', async () => {
		const resolve = () => Promise.reject(new Error('ENOTFOUND'));
		expect(await call({}, { resolve })).toEqual({ outcome: 'failed', fault: 'no-such-host' });
	});
});

test('a certificate that nobody vouches for, or of another host, is not trusted', async () => {
	expect(await call({}, { ca: undefined })).toEqual({ outcome: 'failed', fault: 'not-trusted' });
	const hosts = [`other.example.test:${hooks.port}`];
	const url = hooks.url.replace(HOOK_HOST, 'other.example.test');
	expect(await call({ url }, { hosts })).toEqual({ outcome: 'failed', fault: 'not-trusted' });
	expect(hooks.heard).toEqual([]);
});

test('what frames a request can’t be given with it', async () => {
	const headers = {
		Host: 'inside',
		'Transfer-Encoding': 'chunked',
		'content-length': '1',
		'Idempotency-Key': 'x'
	};
	expect(await call({ headers })).toMatchObject({ outcome: 'answered' });
	expect(hooks.heard[0]?.headers).toMatchObject({
		host: `${HOOK_HOST}:${hooks.port}`,
		'idempotency-key': 'the-key'
	});
	expect(hooks.heard[0]?.headers['transfer-encoding']).toBeUndefined();
	expect(await call({ headers: { 'X-A': 'a\r\nX-B: b' } })).toEqual({
		outcome: 'failed',
		fault: 'request-invalid'
	});
});

describe('nowhere but where it may', () => {
	const never = { hosts: [], ca: undefined, resolve: resolveByDns };

	test.each([
		['https://127.0.0.1/', 'host-refused'],
		['https://127.1/', 'host-refused'],
		['https://2130706433/', 'host-refused'],
		['https://0x7f000001/', 'host-refused'],
		['https://0177.0.0.1/', 'host-refused'],
		['https://0/', 'host-refused'],
		['https://0.0.0.0/', 'host-refused'],
		['https://10.0.0.5/', 'host-refused'],
		['https://172.20.1.1/', 'host-refused'],
		['https://192.168.1.1/', 'host-refused'],
		['https://100.64.0.1/', 'host-refused'],
		['https://169.254.169.254/latest/meta-data', 'host-refused'],
		['https://[::1]/', 'host-refused'],
		['https://[::]/', 'host-refused'],
		['https://[::ffff:127.0.0.1]/', 'host-refused'],
		['https://[::ffff:10.0.0.1]/', 'host-refused'],
		['https://[64:ff9b::a00:1]/', 'host-refused'],
		['https://[fd00:ec2::254]/', 'host-refused'],
		['https://[fe80::1]/', 'host-refused'],
		['https://[fc00::1]/', 'host-refused'],
		['https://[ff02::1]/', 'host-refused'],
		['https://224.0.0.1/', 'host-refused'],
		['https://localhost/', 'host-refused'],
		['https://LOCALHOST./', 'host-refused'],
		['http://example.com/', 'url-insecure'],
		['ftp://example.com/', 'url-insecure'],
		['file:///etc/passwd', 'url-insecure'],
		['https://user:word@example.com/', 'url-invalid'],
		['https://', 'url-invalid'],
		['no address', 'url-invalid'],
		['https://example.com:22/', 'port-refused'],
		['https://example.com:80/', 'port-refused']
	])('%s: %s', async (url, fault) => {
		expect(await call({ url }, never)).toEqual({ outcome: 'failed', fault });
	});

	test('a name with one address inside among others is refused', async () => {
		const resolve = () =>
			Promise.resolve([
				{ address: '93.184.216.34', family: 4 },
				{ address: '10.0.0.1', family: 4 }
			]);
		expect(await call({ url: 'https://two.example.test/' }, { ...never, resolve })).toMatchObject({
			fault: 'host-refused'
		});
	});

	test('a metadata service is refused also by a name that the operator allows', async () => {
		const resolve = () => Promise.resolve([{ address: '169.254.169.254', family: 4 }]);
		expect(await call({}, { resolve })).toMatchObject({ fault: 'host-refused' });
	});

	test('a port inside is open only where it was named', async () => {
		expect(await call({}, { hosts: [HOOK_HOST] })).toMatchObject({ fault: 'port-refused' });
		expect(await call({}, { hosts: [`${HOOK_HOST}:1`] })).toMatchObject({ fault: 'port-refused' });
		expect(hooks.heard).toEqual([]);
	});

	test('a name server that answers otherwise the second time gains nothing: it is asked once', async () => {
		let asked = 0;
		const resolve = () =>
			Promise.resolve([{ address: ++asked === 1 ? '127.0.0.1' : '10.255.255.1', family: 4 }]);
		expect(await call({}, { resolve })).toMatchObject({ outcome: 'answered' });
		expect(asked).toBe(1);
		// And the other way round: what was refused is not asked again.
		expect(await call({ url: 'https://rebound.example.test/' }, { ...never, resolve })).toMatchObject({
			fault: 'host-refused'
		});
		expect(asked).toBe(2);
		expect(hooks.heard).toHaveLength(1);
	});
});
