/** The session's cookie: its name, its flags, and how to read it outside SvelteKit. */
import { SESSION_LIFETIME_MS } from './session.ts';

/** On HTTPS the `__Host-` prefix makes the browser refuse a cookie that another host or plain HTTP set. */
export function sessionCookieName(publicUrl: string): string {
	return publicUrl.startsWith('https:') ? '__Host-stepwell' : 'stepwell';
}

export function sessionCookieFlags(publicUrl: string) {
	return {
		path: '/',
		httpOnly: true,
		sameSite: 'lax',
		secure: publicUrl.startsWith('https:'),
		maxAge: SESSION_LIFETIME_MS / 1000
	} as const;
}

/** The `Set-Cookie` for answers that SvelteKit does not make. */
export function sessionCookieHeader(token: string, publicUrl: string): string {
	const { path, maxAge, secure } = sessionCookieFlags(publicUrl);
	const flags = ['HttpOnly', 'SameSite=Lax', ...(secure ? ['Secure'] : [])].join('; ');
	return `${sessionCookieName(publicUrl)}=${token}; Path=${path}; Max-Age=${maxAge}; ${flags}`;
}

/** The cookie's value in a `Cookie` header, if it is there. */
export function readSessionCookie(header: string | null, publicUrl: string): string | undefined {
	const start = `${sessionCookieName(publicUrl)}=`;
	const pair = header?.split(';').find((part) => part.trimStart().startsWith(start));
	return pair?.trimStart().slice(start.length);
}
