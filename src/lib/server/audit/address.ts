/** Internet addresses as bytes: text has many spellings of one address, and PostgreSQL prefers its own. */
import { isIPv4, isIPv6 } from 'node:net';

const MAPPED = /^::ffff:(?=\d+\.)/i;

/** The 4 or 16 bytes of an address in network order. Throws for what is none, a network with its mask for instance. */
export function addressBytes(address: string): Buffer {
	if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
	if (!isIPv6(address) || address.includes('%')) throw new RangeError('Not an internet address.');
	const [before = '', after] = withoutDots(address).split('::');
	const head = groupsOf(before);
	const tail = after === undefined ? [] : groupsOf(after);
	const zeros = new Array<number>(8 - head.length - tail.length).fill(0);
	const bytes = Buffer.alloc(16);
	[...head, ...zeros, ...tail].forEach((group, index) => bytes.writeUInt16BE(group, index * 2));
	return bytes;
}

/** `address` as it is kept: IPv4 also where a socket for both kinds writes `::ffff:192.0.2.1`, and without a zone. */
export function plainAddress(address: string): string {
	return address.replace(MAPPED, '').replace(/%.*$/, '');
}

// `::ffff:192.0.2.1` ends in two groups written as IPv4.
function withoutDots(address: string): string {
	return address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
		[Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':')
	);
}

function groupsOf(text: string): number[] {
	return text === '' ? [] : text.split(':').map((group) => parseInt(group, 16));
}
