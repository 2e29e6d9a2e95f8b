/** Where a request comes from: for the limit of sign-ins and for the audit log. */
import { isIP } from 'node:net';
import { plainAddress } from '../audit/address.ts';

/** How the proxy in front tells the address; the same two variables that SvelteKit's handler reads. */
export interface ProxySettings {
	/** Such as `x-forwarded-for` or `x-real-ip`; without it, the other end of the connection counts. */
	ADDRESS_HEADER?: string;
	/** How many proxies write to `x-forwarded-for`; 1 when left out. */
	XFF_DEPTH?: string;
}

/**
 * The caller's address, or null where what should tell it holds none. `remote` is the other end of the connection. A header
 * counts only when it is set up: anybody can send one.
 */
export function clientAddress(
	remote: string | undefined,
	headers: Headers,
	{ ADDRESS_HEADER, XFF_DEPTH }: ProxySettings = process.env
): string | null {
	if (!ADDRESS_HEADER) return addressIn(remote);
	const value = headers.get(ADDRESS_HEADER) ?? '';
	if (ADDRESS_HEADER.toLowerCase() !== 'x-forwarded-for') return addressIn(value);
	return addressIn(value.split(',').at(-Number(XFF_DEPTH ?? 1)));
}

/** `text` as an address in its plain spelling; null when it is none. */
export function addressIn(text: string | undefined): string | null {
	const address = plainAddress(text?.trim() ?? '');
	return isIP(address) === 0 ? null : address;
}
