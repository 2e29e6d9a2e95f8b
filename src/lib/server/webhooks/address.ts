/**
 * Which addresses of the network a journey may call (OWASP API7, server-side request forgery): those of the public internet.
 * One inside is called only where the operator named its host; some never, whoever names them.
 */
import { BlockList, isIP } from 'node:net';

/** `inside`: this machine and private networks. `never`: metadata services, other machines of the link, everybody at once. */
export type Reach = 'public' | 'inside' | 'never';

// RFC 6890 and the registries of IANA.
const inside = listOf([
	['10.0.0.0', 8],
	['127.0.0.0', 8],
	['172.16.0.0', 12],
	['192.168.0.0', 16],
	['100.64.0.0', 10],
	['::1', 128],
	['fc00::', 7]
]);
const never = listOf([
	['0.0.0.0', 8],
	['169.254.0.0', 16],
	['192.0.0.0', 24],
	['192.0.2.0', 24],
	['192.88.99.0', 24],
	['198.18.0.0', 15],
	['198.51.100.0', 24],
	['203.0.113.0', 24],
	['224.0.0.0', 3],
	// Metadata services that lie in a private range.
	['100.100.100.200', 32],
	['fd00:ec2::254', 128],
	// Inside 2000::/3, and no machine's own: protocols (Teredo), documentation, 6to4.
	['2001::', 23],
	['2001:db8::', 32],
	['2002::', 16],
	['3fff::', 20]
]);
/** Global unicast; whatever else version 6 has (mapped and translated addresses, link-local, multicast) is no place to call. */
const global6 = listOf([['2000::', 3]]);

function listOf(ranges: [network: string, prefix: number][]): BlockList {
	const list = new BlockList();
	for (const [network, prefix] of ranges)
		list.addSubnet(network, prefix, network.includes(':') ? 'ipv6' : 'ipv4');
	return list;
}

/** Where an address lies; anything that is none is `never`. */
export function reachOf(address: string): Reach {
	const version = address.includes('%') ? 0 : isIP(address);
	if (version === 0) return 'never';
	const family = version === 4 ? 'ipv4' : 'ipv6';
	// A list of version 4 also answers for an address mapped into version 6, which is refused as such.
	if (family === 'ipv6' && isMapped(address)) return 'never';
	if (never.check(address, family)) return 'never';
	if (inside.check(address, family)) return 'inside';
	return family === 'ipv4' || global6.check(address, family) ? 'public' : 'never';
}

const mapped = listOf([['::ffff:0:0', 96]]);

function isMapped(address: string): boolean {
	return mapped.check(address, 'ipv6');
}
