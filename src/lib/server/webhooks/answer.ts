/** What a called system answered, read within bounds. */
import type { IncomingMessage } from 'node:http';

/** The body as JSON where it says so and is, else as text; undefined where there is none, or more than `most` bytes. */
export async function readBody(answer: IncomingMessage, most: number): Promise<unknown> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of answer as AsyncIterable<Buffer>) {
		size += chunk.length;
		if (size > most) {
			answer.destroy();
			return undefined;
		}
		chunks.push(chunk);
	}
	const text = Buffer.concat(chunks).toString('utf8');
	if (text === '') return undefined;
	return /[/+]json\b/i.test(answer.headers['content-type'] ?? '') ? fromJson(text) : text;
}

function fromJson(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return text; // It called itself JSON and is none; the step's attribute may take it as text.
	}
}

/** `Retry-After` (RFC 9110, 10.2.3) as milliseconds from `now`; null where there is none that can be read. */
export function retryAfterOf(header: string | undefined, now: number): number | null {
	if (header === undefined) return null;
	if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1000;
	const at = Date.parse(header);
	return Number.isNaN(at) ? null : Math.max(at - now, 0);
}
