/** node:http as all answers leave it: with the headers that keep a browser safe, and no patience for slow senders. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { securityHeaders } from './security-headers.ts';

/** How long a request may take to come in (milliseconds): its headers, and all of it. */
export interface Patience {
	headersMs: number;
	requestMs: number;
}

// The largest body is 1 MiB, which a line of 200 kbit/s brings in 45 s. How long an answer takes is not limited here.
const PATIENCE: Patience = { headersMs: 15_000, requestMs: 60_000 };

/** Whoever sends slower than `patience` is answered 408 and cut off: a thousand of them would hold every connection. */
export function makeWebServer(
	publicUrl: string,
	listener: RequestListener,
	{ headersMs, requestMs }: Patience = PATIENCE
): Server {
	const headers = securityHeaders(publicUrl);
	const options = {
		headersTimeout: headersMs,
		requestTimeout: requestMs,
		connectionsCheckingInterval: Math.min(headersMs, 5_000)
	};
	return createServer(options, (request, response) => {
		for (const [name, value] of headers) response.setHeader(name, value);
		listener(request, response);
	});
}
