export const FROM_ANOTHER_SITE = 'Another site made this request, so it was refused.';

/** Whether a request can only read: everything else needs the proof that a page of ours made it. */
export function readsOnly(method: string): boolean {
	return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/** Whether a page of ours made this request. A cookie travels with any page's request, so a change needs this too. */
export function isSameOrigin(headers: Headers, publicUrl: string): boolean {
	const origin = headers.get('origin');
	if (origin !== null) return origin === new URL(publicUrl).origin;
	return headers.get('sec-fetch-site') === 'same-origin';
}
