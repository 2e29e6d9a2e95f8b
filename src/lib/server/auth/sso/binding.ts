/**
 * What ties a sign-in to the browser that began it: a cookie of which the ceremony keeps the hash. Without it somebody could
 * send another person the end of their own sign-in, and that person would work in a stranger's account (login CSRF).
 */
import { hashSecret, isSecret, randomSigns } from '../secret-token.ts';

/** How long a sign-in may take between here and the provider (milliseconds). */
export const SSO_MS = 10 * 60_000;

export function bindingCookieName(publicUrl: string): string {
	return publicUrl.startsWith('https:') ? '__Host-stepwell-sso' : 'stepwell-sso';
}

/** Lax: it has to come along when the provider sends the browser back, which is a navigation from another site. */
export function bindingCookieFlags(publicUrl: string) {
	return {
		path: '/',
		httpOnly: true,
		sameSite: 'lax',
		secure: publicUrl.startsWith('https:'),
		maxAge: SSO_MS / 1000
	} as const;
}

export interface Binding {
	/** For the browser. */
	cookie: string;
	/** For the ceremony, base64url. */
	hash: string;
}

export function newBinding(): Binding {
	const cookie = randomSigns(24);
	return { cookie, hash: hashSecret(cookie).toString('base64url') };
}

export function isBound(cookie: string | undefined, hash: string): boolean {
	return cookie !== undefined && isSecret(cookie, Buffer.from(hash, 'base64url'));
}
