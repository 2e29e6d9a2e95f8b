/** An OpenID provider that says whatever a test wants it to, and signs it with whatever key. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeKey {
	kid: string;
	privateKey: KeyObject;
	jwk: Record<string, unknown>;
}

export function makeKey(kid: string): FakeKey {
	const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
	return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' } };
}

export interface FakeProvider {
	issuer: string;
	/** What its key set lists. */
	keys: FakeKey[];
	/** The claims of the next token, and how it is signed. */
	token: { claims: Record<string, unknown>; key: FakeKey; alg?: 'RS256' | 'none' };
	close(): Promise<void>;
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function write({ claims, key, alg = 'RS256' }: FakeProvider['token']): string {
	const text = `${part({ alg, kid: key.kid, typ: 'JWT' })}.${part(claims)}`;
	return alg === 'none'
		? `${text}.`
		: `${text}.${sign('sha256', Buffer.from(text), key.privateKey).toString('base64url')}`;
}

export async function startFakeProvider(): Promise<FakeProvider> {
	const first = makeKey('first');
	const server = createServer((request, response) => {
		const { issuer } = provider;
		const answers: Record<string, () => unknown> = {
			'/.well-known/openid-configuration': () => ({
				issuer,
				authorization_endpoint: `${issuer}/authorize`,
				token_endpoint: `${issuer}/token`,
				jwks_uri: `${issuer}/jwks`,
				response_types_supported: ['code'],
				id_token_signing_alg_values_supported: ['RS256'],
				authorization_response_iss_parameter_supported: true
			}),
			'/jwks': () => ({ keys: provider.keys.map(({ jwk }) => jwk) }),
			'/token': () => ({ access_token: 'a', token_type: 'Bearer', id_token: write(provider.token) })
		};
		const answer = answers[request.url ?? '']?.();
		response
			.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' })
			.end(JSON.stringify(answer ?? {}));
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const provider: FakeProvider = {
		issuer: `http://localhost:${(server.address() as AddressInfo).port}`,
		keys: [first],
		token: { claims: {}, key: first },
		async close() {
			server.closeAllConnections();
			await new Promise((done) => server.close(done));
		}
	};
	return provider;
}
