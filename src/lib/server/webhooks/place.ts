/** Where a call may go: the address is resolved here, checked, and given to the connection, so that no second answer of a name server counts. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { reachOf } from './address.ts';
import type { CallFault } from './fault.ts';

export interface Address {
	address: string;
	family: number;
}

/** All addresses of a name. Rejects where there are none. */
export type Resolve = (host: string) => Promise<Address[]>;

export const resolveByDns: Resolve = (host) => lookup(host, { all: true });

export interface Rules {
	/** Hosts inside that the operator allows, as `ehr.internal` or `ehr.internal:9443`; small letters. */
	hosts: readonly string[];
	/** For tests alone, whose servers have no certificate. */
	plainHttp?: boolean;
}

export interface Target {
	url: URL;
	/** The name, for the request; without the brackets of an IPv6 address. */
	host: string;
	/** The only address that may be connected to. */
	address: Address;
}

const PORTS: readonly string[] = ['', '443', '8443'];

/** What is wrong with an address before any name is looked up. */
export function urlFault(url: string, rules: Rules): CallFault | null {
	const at = URL.canParse(url) ? new URL(url) : null;
	if (!at || at.username || at.password) return 'url-invalid';
	if (at.protocol !== 'https:' && !(rules.plainHttp && at.protocol === 'http:')) return 'url-insecure';
	const host = hostOf(at);
	if (!PORTS.includes(at.port) && !rules.hosts.includes(`${host}:${at.port}`)) return 'port-refused';
	return isIP(host) && !isAllowed({ address: host }, isNamed(at, rules)) ? 'host-refused' : null;
}

function hostOf(at: URL): string {
	return at.hostname.replace(/^\[|\]$|\.$/g, '').toLowerCase();
}

function isNamed(at: URL, { hosts }: Rules): boolean {
	const host = hostOf(at);
	return hosts.includes(host) || hosts.includes(`${host}:${at.port || '443'}`);
}

/** The place of `url`, or why it is not called. */
export async function findPlace(
	url: string,
	rules: Rules,
	resolve: Resolve
): Promise<Target | { fault: CallFault }> {
	const fault = urlFault(url, rules);
	if (fault) return { fault };
	const at = new URL(url);
	const host = hostOf(at);
	const addresses = isIP(host) ? [{ address: host, family: isIP(host) }] : await resolveOr(host, resolve);
	const [address] = addresses;
	if (!address) return { fault: 'no-such-host' };
	// One address that is not to be called spoils the name: whoever answers for it can't be trusted with the others.
	if (!addresses.every((each) => isAllowed(each, isNamed(at, rules)))) return { fault: 'host-refused' };
	return { url: at, host, address };
}

async function resolveOr(host: string, resolve: Resolve): Promise<Address[]> {
	try {
		return await resolve(host);
	} catch {
		return []; // Which of its reasons a name server had makes no difference to us.
	}
}

function isAllowed({ address }: Pick<Address, 'address'>, isNamedHost: boolean): boolean {
	const reach = reachOf(address);
	return reach === 'public' || (reach === 'inside' && isNamedHost);
}
