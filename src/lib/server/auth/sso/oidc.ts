/** Signing in through an OpenID provider: the authorization code flow with PKCE (RFC 7636), a state, a nonce, and RFC 9207. */
import {
	authorizationCodeGrant,
	buildAuthorizationUrl,
	calculatePKCECodeChallenge,
	ClientError,
	fetchUserInfo,
	randomNonce,
	randomPKCECodeVerifier,
	type Configuration
} from 'openid-client';
import { z } from 'zod';
import type { App } from '../../app.ts';
import { beginCeremony, takeCeremony } from '../ceremonies.ts';
import { SESSION_LIFETIME_MS } from '../session.ts';
import { isBound, newBinding, SSO_MS } from './binding.ts';
import { emailIn, groupsIn, nameIn, type Claims } from './claims.ts';
import type { OidcConfig } from './config.ts';
import { findConnection, type OidcConnection } from './connections.ts';
import { openClient } from './oidc-server.ts';
import { SsoRefused } from './refusal.ts';

export const OIDC_CALLBACK = '/sso/oidc/callback';

const dataSchema = z.object({
	connection: z.number(),
	nonce: z.string(),
	verifier: z.string(),
	returnTo: z.string(),
	binding: z.string()
});

export interface Wish {
	/** The page to end at. */
	returnTo: string;
	/** Whether the provider must ask the person anew, also where it knows them still. */
	again: boolean;
}

export interface Begun {
	/** Where the browser goes. */
	location: string;
	/** What it keeps meanwhile. */
	cookie: string;
}

/** Sends somebody off to the provider. Throws SsoRefused where it can't be reached. */
export async function beginOidc(
	app: App,
	connection: OidcConnection,
	{ returnTo, again }: Wish
): Promise<Begun> {
	const client = await openClient(app, connection);
	const binding = newBinding();
	const nonce = randomNonce();
	const verifier = randomPKCECodeVerifier();
	const data = { connection: connection.id, nonce, verifier, returnTo, binding: binding.hash };
	const begun = { kind: 'oidc', userId: null, data, lastsMs: SSO_MS } as const;
	const location = buildAuthorizationUrl(client, {
		redirect_uri: app.publicUrl + OIDC_CALLBACK,
		scope: scopeOf(connection.config),
		state: await beginCeremony(app.pool, begun, app.clock.now()),
		nonce,
		code_challenge: await calculatePKCECodeChallenge(verifier),
		code_challenge_method: 'S256',
		// With it a provider has to say when it asked (OpenID Connect Core, 3.1.2.1).
		max_age: again ? '0' : String(SESSION_LIFETIME_MS / 1000),
		...(again && { prompt: 'login' })
	});
	return { location: location.href, cookie: binding.cookie };
}

function scopeOf({ scopes }: OidcConfig): string {
	return [...new Set(['openid', ...scopes.split(/\s+/).filter(Boolean)])].join(' ');
}

/** A sign-in that came back and whose connection is known, so that the log can name it. */
export interface Returned<C> {
	connection: C;
	returnTo: string;
	/** Asks the provider who it is. Throws SsoRefused. */
	claims(): Promise<Claims>;
}

/** Takes what the provider sent the browser back with, once. Throws SsoRefused. */
export async function returnFromOidc(
	app: App,
	search: string,
	cookie: string | undefined
): Promise<Returned<OidcConnection>> {
	const state = new URLSearchParams(search).get('state') ?? '';
	const taken = await takeCeremony(app.pool, state, 'oidc', app.clock.now());
	if (!taken) throw new SsoRefused('expired');
	const data = dataSchema.parse(taken.data);
	if (!isBound(cookie, data.binding)) throw new SsoRefused('other-browser');
	const connection = await findConnection(app.pool, data.connection);
	if (connection?.kind !== 'oidc' || !connection.enabled) throw new SsoRefused('closed');
	return {
		connection,
		returnTo: data.returnTo,
		claims: () => askClaims(app, connection, { ...data, state, search })
	};
}

interface Answer {
	state: string;
	search: string;
	nonce: string;
	verifier: string;
}

async function askClaims(app: App, connection: OidcConnection, answer: Answer): Promise<Claims> {
	if (new URLSearchParams(answer.search).has('error')) throw new SsoRefused('declined');
	const client = await openClient(app, connection);
	try {
		const tokens = await authorizationCodeGrant(
			client,
			new URL(OIDC_CALLBACK + answer.search, app.publicUrl),
			{
				expectedState: answer.state,
				expectedNonce: answer.nonce,
				pkceCodeVerifier: answer.verifier,
				idTokenExpected: true
			}
		);
		const token = tokens.claims();
		if (!token) throw new SsoRefused('answer', 'no-token');
		const told = await askMore(client, tokens.access_token, token);
		return {
			...claimsIn(connection.config, token.iss, token.sub, told),
			authAt: token.auth_time === undefined ? null : token.auth_time * 1000
		};
	} catch (cause) {
		if (cause instanceof SsoRefused) throw cause;
		throw new SsoRefused('answer', faultOf(cause), { cause });
	}
}

/** What the token says, and what the provider tells on asking. An address and whether it is verified are of one source. */
async function askMore(
	client: Configuration,
	accessToken: string,
	token: Record<string, unknown> & { sub: string }
): Promise<Record<string, unknown>> {
	if (!client.serverMetadata().userinfo_endpoint) return token;
	const told: Record<string, unknown> = await fetchUserInfo(client, accessToken, token.sub);
	const { email_verified: verified } = token.email === undefined ? told : token;
	return { ...told, ...token, email_verified: verified };
}

function claimsIn(
	config: OidcConfig,
	issuer: string,
	subject: string,
	told: Record<string, unknown>
): Omit<Claims, 'authAt'> {
	const verified = told.email_verified;
	return {
		issuer,
		subject,
		email: emailIn(told.email),
		...(typeof verified === 'boolean' && { emailVerified: verified }),
		// Some providers write it as text; what is neither is a no.
		...(verified !== undefined && typeof verified !== 'boolean' && { emailVerified: verified === 'true' }),
		name: nameIn(told.name),
		groups: config.groupsClaim ? groupsIn(told[config.groupsClaim]) : []
	};
}

/** The library's own code for what was wrong: it says which check failed and holds nothing that came in. */
function faultOf(error: unknown): string {
	const code = error instanceof ClientError ? error.code : (error as { code?: unknown } | null)?.code;
	return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'unknown';
}
