/**
 * Lets routes written for `Request` and `Response` answer in node:http, before SvelteKit's handler. Machines post here
 * without an Origin, which SvelteKit's own check would refuse.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { getApp } from '../app.ts';
import { reportFailure } from './report-failure.ts';

/** Answers a request, or gives null where it is another's. It must not touch the body of what it passes on. */
export type MachineRoute = (request: Request, meta: { ip: string }) => Promise<Response | null>;

/** The largest body that a machine route takes (bytes). */
export const BODY_LIMIT = 1024 * 1024;

class BodyTooLarge extends Error {}

/** Tries `routes` in order, then `next`. A larger body than `BODY_LIMIT` is answered 413, an unexpected error 500. */
export function answerWith(routes: readonly MachineRoute[]) {
	return (req: IncomingMessage, res: ServerResponse, next: () => void): void => {
		answer(routes, req, res, next).catch(() => {
			// The client went away while the answer was on its way: there is nobody left to tell.
			res.destroy();
		});
	};
}

async function answer(
	routes: readonly MachineRoute[],
	req: IncomingMessage,
	res: ServerResponse,
	next: () => void
): Promise<void> {
	const incoming = toRequest(req, res);
	if (!incoming)
		return send(jsonError(400, 'input.invalid', 'The address of this request is malformed.'), req, res);
	const meta = { ip: req.socket.remoteAddress ?? '' };
	try {
		for (const route of routes) {
			const response = await route(incoming.request, meta);
			if (response) return await send(incoming.tooLarge() ? tooLarge() : response, req, res);
		}
	} catch (error) {
		if (res.headersSent) throw error;
		return send(incoming.tooLarge() ? tooLarge() : failed(error), req, res);
	}
	next();
}

function toRequest(req: IncomingMessage, res: ServerResponse) {
	const url = URL.parse(`http://localhost${req.url ?? '/'}`);
	// `fetch` has no word for these two, and no route of ours answers them.
	if (!url || !req.method || req.method === 'TRACE' || req.method === 'CONNECT') return null;
	const gone = new AbortController();
	res.once('close', () => gone.abort());
	const headers = new Headers();
	for (let i = 0; i + 1 < req.rawHeaders.length; i += 2)
		headers.append(req.rawHeaders[i] ?? '', req.rawHeaders[i + 1] ?? '');
	const body = req.method === 'GET' || req.method === 'HEAD' ? null : limitedBody(req);
	const request = new Request(url, {
		method: req.method,
		headers,
		signal: gone.signal,
		...(body && { body: body.stream, duplex: 'half' })
	});
	return { request, tooLarge: () => body?.tooLarge() ?? false };
}

/** Reads nothing until somebody asks, so that a request passed on to SvelteKit still has its body. */
function limitedBody(req: IncomingMessage) {
	let size = 0;
	let over = Number(req.headers['content-length'] ?? 0) > BODY_LIMIT;
	let chunks: AsyncIterator<Buffer> | undefined;
	const stream = new ReadableStream<Uint8Array>(
		{
			async pull(controller) {
				if (over) return controller.error(new BodyTooLarge());
				chunks ??= req[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
				const { done, value } = await chunks.next();
				if (done) return controller.close();
				size += value.length;
				over = size > BODY_LIMIT;
				if (over) controller.error(new BodyTooLarge());
				else controller.enqueue(value);
			}
		},
		{ highWaterMark: 0 }
	);
	return { stream, tooLarge: () => over };
}

async function send(response: Response, req: IncomingMessage, res: ServerResponse): Promise<void> {
	res.statusCode = response.status;
	for (const [name, value] of response.headers) if (name !== 'set-cookie') res.setHeader(name, value);
	const cookies = response.headers.getSetCookie();
	if (cookies.length > 0) res.setHeader('set-cookie', cookies);
	// A body read in part can't be skipped; one that nobody touched is skipped by node:http itself.
	if (req.readableDidRead && !req.complete) res.setHeader('connection', 'close');
	if (!response.body || req.method === 'HEAD') return void res.end();
	await pipeline(Readable.fromWeb(response.body as NodeReadableStream), res);
}

function failed(error: unknown): Response {
	const reference = reportFailure(getApp(), error, 'machine route');
	return jsonError(500, 'internal', `Something went wrong on our side. Its reference is ${reference}.`);
}

function tooLarge(): Response {
	return jsonError(413, 'input.too-large', 'The body is larger than 1 MiB. Send it in smaller parts.');
}

function jsonError(status: number, code: string, message: string): Response {
	return Response.json({ error: { code, message } }, { status });
}
