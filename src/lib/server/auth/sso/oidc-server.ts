/** What an OpenID provider says about itself, kept for minutes; and how it is spoken with: bounded in time and size. */
import {
	allowInsecureRequests,
	ClientSecretBasic,
	ClientSecretPost,
	Configuration,
	customFetch,
	clockTolerance,
	discovery,
	enableNonRepudiationChecks,
	None,
	type CustomFetch,
	type ServerMetadata
} from 'openid-client';
import type { App } from '../../app.ts';
import { openSealed } from '../../mail/seal.ts';
import { isLoopback } from './config.ts';
import type { OidcConnection } from './connections.ts';
import { SsoRefused } from './refusal.ts';

/** How long one answer may take (seconds), and how large it may be (bytes). */
const ANSWER_S = 10;
const ANSWER_BYTES = 512 * 1024;
/** How long what a provider says about itself is believed (milliseconds), and of how many it is kept. */
const KEPT_MS = 10 * 60_000;
const KEPT = 50;
/** So far may the provider's clock be from ours (seconds). */
const TOLERANCE_S = 30;

interface Kept {
	server: ServerMetadata;
	until: number;
}
const keptByIssuer = new Map<string, Kept>();

/**
 * The client of a connection, made anew for every sign-in. So its keys are fetched for every sign-in too: one that the provider
 * took back opens nothing any more, and one that it changed to works at once. Throws SsoRefused.
 */
export async function openClient(app: App, { config, sealedSecret }: OidcConnection): Promise<Configuration> {
	const server = await serverOf(config.issuer, app.clock.now());
	const secret = sealedSecret === null ? null : openSealed(app.secret, sealedSecret, 'sso');
	const client = new Configuration(
		{ ...server },
		config.clientId,
		{ [clockTolerance]: TOLERANCE_S },
		authenticationOf(server, secret)
	);
	client.timeout = ANSWER_S;
	client[customFetch] = fetchBounded;
	// The code flow trusts TLS for a token that comes from the provider itself; the signature is checked all the same.
	enableNonRepudiationChecks(client);
	if (isLoopback(new URL(config.issuer))) allowInsecureRequests(client);
	return client;
}

function authenticationOf(server: ServerMetadata, secret: string | null) {
	if (secret === null) return None();
	const offered = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
	return offered.includes('client_secret_basic') ? ClientSecretBasic(secret) : ClientSecretPost(secret);
}

async function serverOf(issuer: string, now: number): Promise<ServerMetadata> {
	const kept = keptByIssuer.get(issuer);
	if (kept && kept.until > now) return kept.server;
	const server = await discover(issuer);
	keptByIssuer.delete(issuer);
	for (const oldest of keptByIssuer.keys()) if (keptByIssuer.size >= KEPT) keptByIssuer.delete(oldest);
	keptByIssuer.set(issuer, { server, until: now + KEPT_MS });
	return server;
}

async function discover(issuer: string): Promise<ServerMetadata> {
	const url = new URL(issuer);
	const client = await discovery(url, 'discovery', undefined, None(), {
		timeout: ANSWER_S,
		[customFetch]: fetchBounded,
		execute: isLoopback(url) ? [allowInsecureRequests] : []
	}).catch((cause: unknown) => {
		throw new SsoRefused('unreachable', 'discovery', { cause });
	});
	const server = client.serverMetadata();
	// The library lets Microsoft's issuer for all organizations of the world stand for each of them. One is meant here.
	if (withoutSlash(server.issuer) !== withoutSlash(issuer)) throw new SsoRefused('unreachable', 'issuer');
	return server;
}

function withoutSlash(address: string): string {
	return address.replace(/\/$/, '');
}

const fetchBounded: CustomFetch = async (url, options) => {
	const answer = await fetch(url, options as RequestInit);
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of answer.body ?? []) {
		size += chunk.length;
		if (size > ANSWER_BYTES) throw new Error('The provider’s answer is too large.');
		chunks.push(chunk);
	}
	const { status, statusText, headers } = answer;
	return new Response(size > 0 ? Buffer.concat(chunks) : null, { status, statusText, headers });
};
