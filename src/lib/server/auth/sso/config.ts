/** What a connection to an identity provider is made of: the shapes of `sso_connections.config`, and of what is saved. */
import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { roles } from '../permissions.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** An address that codes, secrets and people may be sent to: HTTPS, or plain HTTP on this machine. */
export function isSafeAddress(value: string): boolean {
	const url = URL.parse(value);
	if (!url || url.username || url.password || url.hash) return false;
	return url.protocol === 'https:' || isLoopback(url);
}

/** Whether plain HTTP never leaves this machine. */
export function isLoopback(url: URL): boolean {
	return url.protocol === 'http:' && LOOPBACK.has(url.hostname);
}

const address = z
	.string()
	.trim()
	.max(1000)
	.refine(isSafeAddress, 'This has to be an address that begins with https://.');

const claim = z.string().trim().max(200);

/** Which group gives which role: the first row that fits counts. */
const groupRoles = z
	.array(z.strictObject({ group: z.string().trim().min(1, 'Name the group.').max(200), role: z.enum(roles) }))
	.max(100);

const common = {
	groups: groupRoles,
	/** For whom no row fits; null refuses them. */
	defaultRole: z.enum(roles).nullable()
};

/** An OpenID provider. */
export const oidcConfig = z.strictObject({
	...common,
	issuer: address.refine((value) => !value.includes('?'), 'An issuer has no question mark in it.'),
	clientId: z.string().trim().min(1, 'The provider gave a client id; it goes here.').max(500),
	/** What is asked for beside `openid`. */
	scopes: z
		.string()
		.trim()
		.max(500)
		.regex(/^[\x21-\x7e ]*$/, 'Scopes are words with spaces between them.'),
	/** The claim that lists the groups; empty: none does. */
	groupsClaim: claim,
	/**
	 * Takes addresses of the connection's domains for verified when the provider doesn't say whether they are, as Microsoft
	 * Entra ID does not. One that it calls unverified is never taken.
	 */
	trustsAddresses: z.boolean()
});

const certificate = z.string().trim().max(10_000).transform(readCertificate);

/** A SAML 2.0 identity provider. */
export const samlConfig = z.strictObject({
	...common,
	/** The provider's own name, and where people are sent to sign in. */
	entityId: z.string().trim().min(1, 'The provider has an entity id; it goes here.').max(1000),
	entryPoint: address,
	/** PEM. Two while the provider changes from one to the next. */
	certificates: z.array(certificate).min(1, 'Paste the provider’s certificate.').max(5),
	/** Names of attributes; an empty one: the product looks under the usual names. */
	emailAttribute: claim,
	groupsAttribute: claim
});

/** The certificate as PEM, from PEM or from the bare base64 of a metadata file. */
function readCertificate(text: string, context: z.RefinementCtx): string {
	const pem = text.includes('-----BEGIN')
		? text
		: `-----BEGIN CERTIFICATE-----\n${text.replace(/\s/g, '')}\n-----END CERTIFICATE-----\n`;
	const problem = problemOf(pem);
	if (typeof problem !== 'string') return problem.toString();
	context.addIssue({ code: 'custom', message: problem });
	return z.NEVER;
}

function problemOf(pem: string): X509Certificate | string {
	let parsed;
	try {
		parsed = new X509Certificate(pem);
	} catch {
		return 'This is not a certificate.';
	}
	const { asymmetricKeyType: type, asymmetricKeyDetails: details } = parsed.publicKey;
	if (type !== 'rsa') return 'The certificate’s key has to be an RSA key.';
	return (details?.modulusLength ?? 0) < 2048
		? 'The certificate’s key is too short: under 2,048 bits.'
		: parsed;
}

const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;

const about = {
	name: z.string().trim().min(1, 'Give it the name that people know it by.').max(60),
	domains: z
		.array(z.string().trim().toLowerCase().regex(DOMAIN, 'This is not a mail domain, such as clinic.org.'))
		.max(50)
		.transform((domains) => [...new Set(domains)]),
	enforced: z.boolean(),
	enabled: z.boolean()
};

/** What is saved of a connection. An OpenID provider's secret: null keeps the one that is there. */
export const connectionInput = z
	.discriminatedUnion('kind', [
		z.strictObject({
			...about,
			kind: z.literal('oidc'),
			config: oidcConfig,
			secret: z.string().min(1).max(1000).nullable()
		}),
		z.strictObject({ ...about, kind: z.literal('saml'), config: samlConfig })
	])
	.refine(({ enforced, domains }) => !enforced || domains.length > 0, {
		path: ['domains'],
		message: 'Name the domains whose people have to come this way.'
	});

export type OidcConfig = z.infer<typeof oidcConfig>;
export type SamlConfig = z.infer<typeof samlConfig>;
export type ConnectionInput = z.infer<typeof connectionInput>;
