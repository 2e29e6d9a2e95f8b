/** Whether a page of ours made this request. A cookie travels with any page's request, so a change needs this too. */
export function isSameOrigin(headers: Headers, publicUrl: string): boolean {
	const origin = headers.get('origin');
	if (origin !== null) return origin === new URL(publicUrl).origin;
	return headers.get('sec-fetch-site') === 'same-origin';
}
