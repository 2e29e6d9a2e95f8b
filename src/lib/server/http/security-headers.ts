/**
 * Headers of every answer, whoever makes it: pages, files, the API, redirects, refusals. A route that sets one of its own
 * overrides it; so do SvelteKit's pages with the policy that knows their nonces.
 */
const everywhere: Readonly<Record<string, string>> = {
	'X-Content-Type-Options': 'nosniff',
	'Referrer-Policy': 'same-origin',
	'Cross-Origin-Opener-Policy': 'same-origin',
	'Cross-Origin-Resource-Policy': 'same-origin',
	// Passkeys are shown by our own pages alone; the rest is used by none.
	'Permissions-Policy':
		'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=(), publickey-credentials-get=(self), publickey-credentials-create=(self)',
	// For what is no page: the script of a worker loads its parts under the policy of its own answer.
	'Content-Security-Policy':
		"default-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
};

/** HSTS only over HTTPS: on HTTP it means nothing. */
export function securityHeaders(publicUrl: string): readonly (readonly [string, string])[] {
	const always = Object.entries(everywhere);
	return publicUrl.startsWith('https:')
		? [...always, ['Strict-Transport-Security', 'max-age=31536000']]
		: always;
}
