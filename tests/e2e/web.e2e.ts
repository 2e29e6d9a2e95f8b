// What the web itself holds against: other sites, cookies where machines call, bodies without end, scripts from elsewhere.
import { expect } from '@playwright/test';
import { builtRoutes } from './built-routes.ts';
import { cleanHtml } from '../../src/lib/server/mail/clean-html.ts';
import { attacks } from '../support/xss.ts';
import { open, publishResults } from './stepwell.ts';
import { test, type Team } from './team.ts';

const origins: readonly (readonly [string, Record<string, string>])[] = [
	['none', {}],
	['a foreign one', { origin: 'https://evil.example' }],
	['an opaque one', { origin: 'null' }],
	['our host on another port', { origin: 'http://localhost:1' }],
	['ours with more behind it', { origin: 'http://localhost.evil.example' }],
	['none, from another site', { 'sec-fetch-site': 'cross-site' }],
	['none, from a neighbour', { 'sec-fetch-site': 'same-site' }],
	['none, typed by hand', { 'sec-fetch-site': 'none' }]
];
const types = [
	'application/x-www-form-urlencoded',
	'multipart/form-data; boundary=b',
	'text/plain',
	'application/json',
	'application/octet-stream'
];

function send(
	{ url, cookieOf }: Team,
	path: string,
	{ method = 'POST', body = '', ...headers }: Record<string, string>
): Promise<Response> {
	return fetch(url + path, {
		method,
		headers: { cookie: cookieOf.owner, ...headers },
		redirect: 'manual',
		...(method !== 'GET' && { body })
	});
}

test('no route changes anything for another site, whatever it sends', async ({ team }) => {
	const routes = (await builtRoutes()).filter((route) => !/^(GET|HEAD) /.test(route));
	expect(routes.length).toBeGreaterThan(5);
	const passed: string[] = [];
	for (const route of routes) {
		const [method = '', id = ''] = route.split(' ');
		const path = id.replace(/\/\([a-z]+\)/g, '').replaceAll(/\[\w+\]/g, '1');
		for (const [from, headers] of origins)
			for (const type of types) {
				const answer = await send(team, path, { method, 'content-type': type, ...headers });
				await answer.arrayBuffer();
				if (answer.status !== 403 || answer.headers.has('set-cookie'))
					passed.push(`${route} with Origin ${from} and ${type}: ${answer.status}`);
			}
	}
	expect(passed).toEqual([]);
	expect((await team.owner.settings.status.query()).testMode, 'the session lives on').toBe(true);
});

test('a procedure is refused in the same way, and answers our own pages', async ({ team }) => {
	const make = (headers: Record<string, string>) =>
		send(team, '/api/trpc/journeys.create', { body: '{"name":"From elsewhere"}', ...headers });
	for (const [from, headers] of origins)
		for (const type of types)
			expect((await make({ 'content-type': type, ...headers })).status, `${from}, ${type}`).not.toBe(200);
	expect((await team.owner.journeys.list.query()).map(({ name }) => name)).not.toContain('From elsewhere');
	expect((await make({ 'content-type': 'application/json', origin: team.url })).status).toBe(200);
	const own = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
	expect((await make(own)).status).toBe(200);
});

test('where machines call, a session’s cookie opens nothing', async ({ team }) => {
	const calls: [string, string][] = [
		['POST', '/api/v1/events'],
		['POST', '/api/v1/triggers/result-treatment'],
		['GET', '/api/v1/events'],
		['POST', '/api/v1/nothing'],
		['POST', '/sso/saml/acs'],
		['POST', '/u/forged'],
		['GET', '/t/c/forged'],
		['GET', '/t/o/forged.gif'],
		['POST', '/t/c/forged'],
		['GET', '/healthz'],
		['GET', '/readyz']
	];
	for (const [method, path] of calls) {
		const headers = { method, origin: team.url, 'content-type': 'application/json', body: '{}' };
		const withCookie = await send(team, path, headers);
		const without = await send(team, path, { ...headers, cookie: '' });
		const read = async (answer: Response) => [answer.status, await answer.text()];
		expect(await read(withCookie), `${method} ${path}`).toEqual(await read(without));
		expect(withCookie.headers.get('set-cookie')).toBeNull();
		if (method === 'POST') expect(withCookie.status).toBeGreaterThanOrEqual(400);
	}
});

test('every body has an end', async ({ team }) => {
	const own = { origin: team.url };
	const form = { ...own, 'content-type': 'application/x-www-form-urlencoded' };
	const json = { ...own, 'content-type': 'application/json' };
	const long = (bytes: number) => 'x'.repeat(bytes);
	const cases: [string, string, Record<string, string>, number][] = [
		['a form', '/people?/search', { ...form, body: `search=${long(70_000)}` }, 413],
		['a form of a stranger', '/sign-in', { ...form, cookie: '', body: `email=${long(70_000)}` }, 413],
		['a form of an endpoint', '/audit/export', { ...form, body: `format=${long(70_000)}` }, 413],
		['a procedure', '/api/trpc/journeys.create', { ...json, body: `{"name":"${long(1_100_000)}"}` }, 413],
		[
			'a procedure of a stranger',
			'/api/trpc/journeys.create',
			{ ...json, cookie: '', body: `{"name":"${long(1_100_000)}"}` },
			413
		],
		['a mail program', '/u/forged', { ...form, body: `from=${long(1_100_000)}` }, 413],
		[
			'a batch',
			`/api/trpc/${Array.from({ length: 31 }, () => 'tasks.count').join(',')}?batch=1`,
			{ method: 'GET' },
			400
		],
		[
			'a batch that fits',
			`/api/trpc/${Array.from({ length: 30 }, () => 'tasks.count').join(',')}?batch=1&input=%7B%7D`,
			{ method: 'GET' },
			200
		]
	];
	const found = [];
	for (const [what, path, headers] of cases)
		found.push([what, (await send(team, path, headers)).status] as const);
	expect(found).toEqual(cases.map(([what, , , status]) => [what, status]));
});

const always = {
	'x-content-type-options': 'nosniff',
	'cross-origin-opener-policy': 'same-origin',
	'x-powered-by': null
};

test('every kind of answer carries the headers that keep a browser safe', async ({ team }) => {
	const form = { origin: team.url, 'content-type': 'application/x-www-form-urlencoded' };
	const page = await (await send(team, '/journeys', { method: 'GET' })).text();
	const script = /\.?(\/_app\/immutable\/[^"]+\.js)"/.exec(page)?.[1] ?? '';
	expect(script).not.toBe('');
	const kinds: [string, string, Record<string, string>, number][] = [
		['a page', '/journeys', { method: 'GET' }, 200],
		['what a page loads', '/journeys/__data.json', { method: 'GET' }, 200],
		['a public page', '/sign-in', { method: 'GET', cookie: '' }, 200],
		['an address of nothing', '/nothing', { method: 'GET' }, 404],
		['a refusal', '/emergency', { method: 'GET' }, 403],
		['a way to the sign-in', '/journeys', { method: 'GET', cookie: '' }, 303],
		['a download', '/audit/export', { ...form, body: 'format=csv' }, 200],
		['a refused form', '/people?/search', { ...form, origin: 'https://evil.example' }, 403],
		['a refused call', '/people/1/export', { origin: 'https://evil.example', 'content-type': 'x/y' }, 403],
		['a form that is too large', '/people?/search', { ...form, body: 'x'.repeat(70_000) }, 413],
		['a procedure', '/api/trpc/tasks.count', { method: 'GET' }, 200],
		['the API', '/api/v1/events', {}, 401],
		['a forged link', '/t/c/nothing', { method: 'GET' }, 404],
		['its health', '/healthz', { method: 'GET' }, 200],
		['a script', script, { method: 'GET' }, 200]
	];
	for (const [what, path, headers, status] of kinds) {
		const answer = await send(team, path, headers);
		await answer.arrayBuffer();
		expect(answer.status, what).toBe(status);
		const found = Object.fromEntries(Object.keys(always).map((name) => [name, answer.headers.get(name)]));
		expect(found, what).toEqual(always);
		const policy = answer.headers.get('content-security-policy') ?? '';
		for (const rule of [
			"default-src 'self'",
			"object-src 'none'",
			"base-uri 'none'",
			"frame-ancestors 'none'"
		])
			expect(policy, what).toContain(rule);
		expect(policy, what).not.toMatch(/script-src [^;]*unsafe|https?:|\*/);
		const permissions = answer.headers.get('permissions-policy');
		expect(permissions, what).toContain('camera=()');
		expect(permissions, 'passkeys').toContain('publickey-credentials-get=(self)');
		expect(answer.headers.get('referrer-policy'), what).toMatch(/^(same-origin|no-referrer)$/);
		expect(answer.headers.get('cross-origin-resource-policy'), what).toBe(
			path.startsWith('/t/') ? 'cross-origin' : 'same-origin'
		);
	}
});

test('a page’s nonce is good for one answer, and nothing behind the sign-in is kept', async ({ team }) => {
	const nonces = new Set<string>();
	for (const path of ['/journeys', '/journeys', '/settings', '/nothing']) {
		const answer = await send(team, path, { method: 'GET' });
		const nonce = /script-src [^;]*'nonce-([^']{16,})'/.exec(
			answer.headers.get('content-security-policy') ?? ''
		)?.[1];
		expect(await answer.text(), path).toContain(`nonce="${nonce}"`);
		expect(answer.headers.get('cache-control'), path).toMatch(/no-store/);
		nonces.add(nonce ?? '');
	}
	expect(nonces.size).toBe(4);
});

test('no page asks anybody else for anything, or breaks its own policy', async ({ page, team }) => {
	const slug = await publishResults({ api: team.owner }, 'marketing');
	const [name = '', value = ''] = team.cookieOf.owner.split('=');
	await page.context().addCookies([{ name, value, url: team.url }]);
	const strangers: string[] = [];
	page.on('request', (request) => {
		const url = new URL(request.url());
		if (/^(data|blob|about):$/.test(url.protocol) || url.origin === team.url) return;
		strangers.push(request.url());
	});
	page.on('console', (message) => {
		if (/Content.Security.Policy|Refused to/i.test(message.text())) strangers.push(message.text());
	});
	const paths = [
		`/journeys/${slug}`,
		`/journeys/${slug}/report`,
		...['/journeys', '/people', '/messages', '/messages/result-marketing', '/mail', '/notes', '/tasks'],
		...['/operations', '/audit', '/members', '/settings', '/settings/attributes', '/u/preview']
	];
	for (const path of paths) await open(page, team.url + path);
	expect(strangers).toEqual([]);
});

test('a mail that attacks is harmless before any frame or policy holds it', async ({ page }) => {
	const hits: string[] = [];
	await page.exposeFunction('hit', () => void hits.push('ran'));
	// The attacks themselves run here: otherwise the test would show nothing.
	await page.setContent('<img src=x onerror=hit()>');
	await expect.poll(() => hits.length).toBeGreaterThan(0);
	hits.length = 0;
	for (const attack of attacks) {
		await page.setContent(cleanHtml(`<html><body>${attack}</body></html>`));
		for (const link of await page.locator('a[href]').all()) expect(await link.getAttribute('href')).toBe('#');
		expect(hits, attack).toEqual([]);
	}
});

test('what people write is text wherever it is shown, and runs nowhere', async ({ page, team }) => {
	const ran: string[] = [];
	await page.exposeFunction('hit', () => void ran.push('ran'));
	page.on('dialog', (dialog) => void ran.push(dialog.message()));
	page.on('console', (message) => {
		if (/Content.Security.Policy|Refused to/i.test(message.text())) ran.push(message.text());
	});
	const { owner: api } = team;
	const short = '<img src=x onerror=hit()><script>hit()</script>';
	const { slug } = await api.templates.create.mutate({ name: short });
	const blocks = [
		{ kind: 'heading', text: short },
		{ kind: 'text', text: attacks.join('\n\n') },
		{ kind: 'button', label: short, url: 'https://clinic.example/' }
	];
	const content = { subject: short, preheader: short, blocks };
	await api.templates.save.mutate({ slug, name: short, basedOn: 1, ...content });
	await api.templates.testSend.mutate({ ...content, marketing: false });
	const journey = await api.journeys.create.mutate({ name: short });
	await api.keys.create.mutate({ name: short });
	const { id } = await api.contacts.create.mutate({
		publicId: 'x',
		name: short,
		email: 'x@example.test',
		marketing: false
	});
	const caught = () => api.mail.list.query({});
	await expect.poll(async () => (await caught()).mails.length).toBeGreaterThan(0);
	const mail = (await caught()).mails[0]?.id;

	const [name = '', value = ''] = team.cookieOf.owner.split('=');
	await page.context().addCookies([{ name, value, url: team.url }]);
	const paths = [
		...[
			'/journeys',
			`/journeys/${journey.slug}`,
			'/messages',
			`/messages/${slug}`,
			`/messages/${slug}/picture`
		],
		...['/mail', `/mail/${mail}`, `/mail/${mail}/message`, '/people', `/people/${id}`, '/settings', '/audit']
	];
	for (const path of paths) await open(page, team.url + path);
	expect(ran).toEqual([]);
	await page.goto(`${team.url}/mail/${mail}/message`);
	await expect(page.locator('body'), 'the reader sees what was written').toContainText('onerror=hit()');
	await expect(page.locator('script, svg, iframe, form, [onerror]')).toHaveCount(0);
});

test('who sends too many forms is told when to come back', async ({ team }) => {
	const form = { origin: team.url, cookie: '', 'content-type': 'application/x-www-form-urlencoded' };
	let answer = await send(team, '/setup', form);
	// As many as 300 in a quarter of an hour, of which this file has sent some.
	for (let sent = 0; sent < 300 && answer.status !== 429; sent++) {
		await answer.arrayBuffer();
		answer = await send(team, '/setup', form);
	}
	expect(answer.status).toBe(429);
	expect(await answer.text()).toContain('Too many tries');
	expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
	expect((await send(team, '/sign-in', form)).status, 'whichever page').toBe(429);
	expect((await send(team, '/sign-in', { method: 'GET', cookie: '' })).status).toBe(200);
	expect((await team.owner.settings.status.query()).testMode, 'who is signed in goes on').toBe(true);
});
