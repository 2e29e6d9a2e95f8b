/** The headers of a raw mail, unfolded and decoded (RFC 5322, RFC 2047); enough for a list, without parsing the whole mail. */

/** By name in small letters; where one comes twice, the first. */
export function readHeaders(raw: Buffer): Map<string, string> {
	const headers = new Map<string, string>();
	for (const [name, value] of headerLines(raw))
		if (!headers.has(name.toLowerCase())) headers.set(name.toLowerCase(), value);
	return headers;
}

/** All headers in their order, as they are written, decoded. */
export function headerLines(raw: Buffer): [name: string, value: string][] {
	const end = raw.indexOf('\r\n\r\n');
	const head = raw.subarray(0, end === -1 ? raw.length : end).toString('utf8');
	const lines: [string, string][] = [];
	for (const line of head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
		const colon = line.indexOf(':');
		if (colon > 0) lines.push([line.slice(0, colon), decodeWords(line.slice(colon + 1).trim())]);
	}
	return lines;
}

const WORD = /=\?([\w-]+)\?([BQ])\?([^?]*)\?=/gi;

function decodeWords(value: string): string {
	// Space between two encoded words belongs to neither; a character may be cut in two between them.
	const joined = value.replace(/\?=\s+=\?/g, '?==?');
	let pending: { charset: string; bytes: Buffer[] } | null = null;
	let out = '';
	let last = 0;
	const flush = () => {
		if (pending) out += decodeBytes(pending.charset, Buffer.concat(pending.bytes));
		pending = null;
	};
	for (const match of joined.matchAll(WORD)) {
		const [whole, charset = 'utf-8', encoding = 'B', text = ''] = match;
		if (match.index > last) {
			flush();
			out += joined.slice(last, match.index);
		}
		const bytes = encoding.toUpperCase() === 'B' ? Buffer.from(text, 'base64') : quotedBytes(text);
		if (pending && (pending as { charset: string }).charset !== charset) flush();
		pending ??= { charset, bytes: [] };
		pending.bytes.push(bytes);
		last = match.index + whole.length;
	}
	flush();
	return out + joined.slice(last);
}

function quotedBytes(text: string): Buffer {
	const plain = text
		.replaceAll('_', ' ')
		.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
	return Buffer.from(plain, 'latin1');
}

function decodeBytes(charset: string, bytes: Buffer): string {
	try {
		return new TextDecoder(charset).decode(bytes);
	} catch {
		// A charset that nobody knows: its ASCII letters are better than nothing.
		return bytes.toString('latin1');
	}
}
