/** One call of a system that somebody else runs: one try, ten seconds, no redirects, and only where `place.ts` says it may go. */
import {
	Agent as HttpAgent,
	request as httpRequest,
	type IncomingMessage,
	type RequestOptions
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { readBody, retryAfterOf } from './answer.ts';
import type { CallFault } from './fault.ts';
import { findPlace, type Resolve, type Rules, type Target } from './place.ts';

export interface CallRequest {
	url: string;
	method: string;
	headers: Record<string, string>;
	body: string | null;
}

export type CallResult =
	| {
			outcome: 'answered';
			status: number;
			/** JSON where it says so, else text; undefined where there is none, or more than we read. */
			body?: unknown;
	  }
	/** `retryAfterMs`: how long the other side asks us to wait. */
	| { outcome: 'failed'; fault: CallFault; status?: number; retryAfterMs?: number };

export interface CallOptions extends Rules {
	resolve: Resolve;
	timeoutMs?: number;
	/** A certificate to trust, for tests. */
	ca?: string;
}

const TIMEOUT_MS = 10_000;
const LARGEST_BODY = 64 * 1024;

/** Calls once. `key` is the same at every try, so that the other side can tell a repetition (draft-ietf-httpapi-idempotency-key-header). Never throws. */
export async function callOnce(request: CallRequest, key: string, options: CallOptions): Promise<CallResult> {
	const timeout = new AbortController();
	const timer = setTimeout(() => timeout.abort(), options.timeoutMs ?? TIMEOUT_MS);
	const tooLate = new Promise<CallResult>((resolve) =>
		timeout.signal.addEventListener('abort', () => resolve(failed('no-answer-in-time')))
	);
	try {
		// A name server may be slow too, and can't be broken off.
		return await Promise.race([tooLate, callPlace(request, key, options, timeout.signal)]);
	} finally {
		clearTimeout(timer);
	}
}

async function callPlace(
	request: CallRequest,
	key: string,
	options: CallOptions,
	signal: AbortSignal
): Promise<CallResult> {
	const place = await findPlace(request.url, options, options.resolve);
	if ('fault' in place) return failed(place.fault);
	if (signal.aborted) return failed('no-answer-in-time');
	try {
		return await readAnswer(await send(place, request, key, options, signal));
	} catch (error) {
		return failed(signal.aborted ? 'no-answer-in-time' : faultOf(error));
	}
}

function failed(fault: CallFault): CallResult {
	return { outcome: 'failed', fault };
}

/** The connection goes to the address that was checked: it never asks a name server again. */
function send(
	{ url, host, address }: Target,
	{ method, headers, body }: CallRequest,
	key: string,
	{ ca }: CallOptions,
	signal: AbortSignal
): Promise<IncomingMessage> {
	const isPlain = url.protocol === 'http:';
	const options: RequestOptions & { ca?: string } = {
		host,
		port: url.port || (isPlain ? 80 : 443),
		path: url.pathname + url.search,
		method,
		headers: headersOf(headers, key, body),
		signal,
		// Its own: the shared agents keep connections, and may be told of proxies.
		agent: isPlain ? new HttpAgent() : new HttpsAgent(),
		maxHeaderSize: 16 * 1024,
		lookup: (_, { all }, done) => (all ? done(null, [address]) : done(null, address.address, address.family)),
		...(ca ? { ca } : {})
	};
	return new Promise((resolve, reject) => {
		const outgoing = (isPlain ? httpRequest : httpsRequest)(options, resolve);
		outgoing.on('error', reject);
		outgoing.end(body ?? undefined);
	});
}

// What frames the request is ours to say.
const OURS =
	/^(host|content-length|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|idempotency-key)$/i;

function headersOf(
	given: Record<string, string>,
	key: string,
	body: string | null
): Record<string, string | number> {
	const theirs = Object.entries(given).filter(([name]) => !OURS.test(name));
	const has = (wanted: string) => theirs.some(([name]) => name.toLowerCase() === wanted);
	return {
		...(has('accept') ? {} : { Accept: 'application/json' }),
		...(has('user-agent') ? {} : { 'User-Agent': 'Stepwell' }),
		...(body === null || has('content-type') ? {} : { 'Content-Type': 'application/json' }),
		...Object.fromEntries(theirs),
		...(body === null ? {} : { 'Content-Length': Buffer.byteLength(body) }),
		'Idempotency-Key': key
	};
}

async function readAnswer(answer: IncomingMessage): Promise<CallResult> {
	const status = answer.statusCode ?? 0;
	if (status >= 200 && status <= 299) {
		const body = await readBody(answer, LARGEST_BODY);
		return { outcome: 'answered', status, ...(body === undefined ? {} : { body }) };
	}
	answer.destroy();
	if (status >= 300 && status <= 399) return { outcome: 'failed', fault: 'redirected', status };
	if (status === 408 || status === 429 || status >= 500) {
		const retryAfterMs = retryAfterOf(answer.headers['retry-after'], Date.now());
		return { outcome: 'failed', fault: 'busy', status, ...(retryAfterMs === null ? {} : { retryAfterMs }) };
	}
	return { outcome: 'answered', status };
}

/** By codes alone: the words of an error can quote what was sent. */
function faultOf(error: unknown): CallFault {
	const { code = '' } = error as { code?: string };
	if (/^ERR_(INVALID|HTTP_INVALID|UNESCAPED)/.test(code)) return 'request-invalid';
	if (/CERT|SELF_SIGNED|ERR_TLS_CERT|UNABLE_TO_(GET|VERIFY)/.test(code)) return 'not-trusted';
	return 'no-connection';
}
