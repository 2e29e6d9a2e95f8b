/**
 * What the links in a mail carry: which message, which kind, which link, and a signature. Nothing about the person and no
 * address, so a link can be neither read nor made by others.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { keyFor } from './keys.ts';

export type LinkKind = 'open' | 'click' | 'unsubscribe';
export interface LinkToken {
	messageId: number;
	kind: LinkKind;
	/** Number of the link in its template version; 0 for an open and an unsubscribe. */
	link: number;
}

const letterByKind = { open: 'o', click: 'c', unsubscribe: 'u' } as const satisfies Record<LinkKind, string>;
const kindByLetter = { o: 'open', c: 'click', u: 'unsubscribe' } as const;

const TOKEN = /^([A-Za-z0-9_-]{4,64})\.([A-Za-z0-9_-]{22})$/;
const PLAIN = /^(\d{1,15})\.([ocu])\.(\d{1,4})$/;

/** HMAC-SHA256 cut to 128 bits. */
function sign(secret: Buffer, signed: string): Buffer {
	return createHmac('sha256', keyFor(secret, 'links')).update(signed).digest().subarray(0, 16);
}

export function makeLinkToken(secret: Buffer, { messageId, kind, link }: LinkToken): string {
	const signed = Buffer.from(`${messageId}.${letterByKind[kind]}.${link}`).toString('base64url');
	return `${signed}.${sign(secret, signed).toString('base64url')}`;
}

/** The token's meaning, or null when it was not made here. */
export function readLinkToken(secret: Buffer, token: string): LinkToken | null {
	const [, signed, mark] = TOKEN.exec(token) ?? [];
	if (!signed || !mark) return null;
	const given = Buffer.from(mark, 'base64url');
	const right = sign(secret, signed);
	if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
	const [, id, letter, link] = PLAIN.exec(Buffer.from(signed, 'base64url').toString('latin1')) ?? [];
	if (!id || !letter || !link) return null;
	return {
		messageId: Number(id),
		kind: kindByLetter[letter as keyof typeof kindByLetter],
		link: Number(link)
	};
}
