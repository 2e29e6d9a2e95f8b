/** Headers that every answer carries. The content security policy is SvelteKit's, since it knows the nonces. */
const everywhere: readonly (readonly [string, string])[] = [
	['X-Content-Type-Options', 'nosniff'],
	['Referrer-Policy', 'same-origin'],
	['Cross-Origin-Opener-Policy', 'same-origin'],
	['Permissions-Policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()']
];

/** Adds the headers where the route has not set its own. HSTS only over HTTPS: on HTTP it means nothing. */
export function addSecurityHeaders(headers: Headers, publicUrl: string): void {
	for (const [name, value] of everywhere) if (!headers.has(name)) headers.set(name, value);
	if (publicUrl.startsWith('https:')) headers.set('Strict-Transport-Security', 'max-age=31536000');
}
