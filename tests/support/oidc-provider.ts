/** A real OpenID provider (oidc-provider) on loopback, with people whose claims a test sets. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export const client = { id: 'stepwell', secret: 'a secret that only the two know' };

export interface Person {
	email: string;
	email_verified?: boolean;
	name?: string;
	groups?: string[];
}

export interface TestProvider {
	issuer: string;
	close(): Promise<void>;
}

/** `people` by their subject, which is also the name that they sign in with; any password will do. */
export async function startProvider(callback: string, people: Record<string, Person>): Promise<TestProvider> {
	const server = createServer();
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
	const provider = new Provider(issuer, {
		clients: [
			{
				client_id: client.id,
				client_secret: client.secret,
				redirect_uris: [callback],
				grant_types: ['authorization_code']
			}
		],
		claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
		scopes: ['openid', 'email', 'profile', 'groups'],
		cookies: { keys: ['a key of the test'] },
		findAccount: (_, sub) => {
			const person = people[sub];
			return person && { accountId: sub, claims: () => Promise.resolve({ sub, ...person }) };
		}
	});
	server.on('request', provider.callback());
	return {
		issuer,
		async close() {
			server.closeAllConnections();
			await new Promise((done) => server.close(done));
		}
	};
}

/** Signs in at the provider as a browser would, and gives the address that it sends the browser back to. */
export async function signInAt(location: string, login: string, callback: string): Promise<URL> {
	const jar = new Map<string, string>();
	let next: { url: string; body?: URLSearchParams } = { url: location };
	for (let step = 0; step < 20; step++) {
		if (next.url.startsWith(callback)) return new URL(next.url);
		const answer = await fetch(next.url, {
			redirect: 'manual',
			headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
			...(next.body && { method: 'POST', body: next.body })
		});
		for (const cookie of answer.headers.getSetCookie()) {
			const [name = '', value = ''] = cookie.split(';')[0]?.split(/=(.*)/s) ?? [];
			jar.set(name, value);
		}
		const to = answer.headers.get('location');
		const page = await answer.text();
		next = to ? { url: new URL(to, next.url).href } : formIn(page, next.url, login);
	}
	throw new Error('The provider never sent the browser back.');
}

function formIn(page: string, url: string, login: string): { url: string; body: URLSearchParams } {
	const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1];
	const prompt = /name="prompt" value="([^"]+)"/.exec(page)?.[1];
	if (!action || !prompt)
		throw new Error(`The provider showed a page without a form:\n${page.slice(0, 500)}`);
	return { url: new URL(action, url).href, body: new URLSearchParams({ prompt, login, password: 'any' }) };
}
