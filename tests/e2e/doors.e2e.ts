// The doors: what is refused, with which code and path, and that nothing is half-written behind a refusal.
import { expect, type APIRequestContext } from '@playwright/test';
import { clientOf, publishResults, signUp, withStepwell, type SignedIn, type Stepwell } from './stepwell.ts';

interface Doors {
	me: SignedIn;
	key: string;
	slug: string;
}

const test = withStepwell().extend<object, { doors: Doors }>({
	doors: [
		async ({ stepwell }, use) => {
			const me = await signUp(stepwell.url);
			const { key } = await me.api.keys.create.mutate({ name: 'Laboratory' });
			await use({ me, key, slug: await publishResults(me) });
		},
		{ scope: 'worker' }
	]
});

const pages = [
	'/journeys',
	'/people',
	'/messages',
	'/mail',
	'/settings',
	'/journeys/results/report',
	'/people/1',
	'/sample/progress'
];

for (const page of pages)
	test(`${page} asks a stranger to sign in, and comes back`, async ({ request, stepwell, doors: _ }) => {
		const answer = await request.get(stepwell.url + page, { maxRedirects: 0 });
		expect(answer.status()).toBe(303);
		expect(answer.headers().location).toBe(`/sign-in?returnTo=${encodeURIComponent(page)}`);
	});

test('a session is a cookie that scripts can’t read and other sites don’t send', async ({
	request,
	stepwell,
	doors
}) => {
	expect(doors.me.setCookie).toMatch(/^stepwell=[^;]{30,};/);
	for (const flag of [/; HttpOnly/i, /; SameSite=Lax/i, /; Path=\/(;|$)/i, /; Max-Age=\d+/i])
		expect(doors.me.setCookie).toMatch(flag);
	const wrong = await request.post(`${stepwell.url}/sign-in`, {
		headers: { origin: stepwell.url },
		form: { email: 'maya@clinic.test', password: 'not the password' }
	});
	expect(wrong.headers()['set-cookie']).toBeUndefined();
	const again = await request.post(`${stepwell.url}/setup`, {
		headers: { origin: stepwell.url },
		form: { name: 'Mallory', email: 'mallory@clinic.test', password: 'another long password' },
		maxRedirects: 0
	});
	expect(again.headers()['set-cookie'], 'there is one owner, and no second set-up').toBeUndefined();
});

test('a change with the cookie must come from our own pages', async ({ request, stepwell, doors }) => {
	const create = (headers: Record<string, string>) =>
		request.post(`${stepwell.url}/api/trpc/journeys.create`, {
			headers: { cookie: doors.me.cookie, ...headers },
			data: { name: 'From somewhere' }
		});
	expect((await create({})).status()).toBe(403);
	expect((await create({ origin: 'https://evil.example' })).status()).toBe(403);
	expect((await create({ origin: 'null' })).status()).toBe(403);
	expect((await create({ 'sec-fetch-site': 'cross-site' })).status()).toBe(403);
	expect((await doors.me.api.journeys.list.query()).some(({ name }) => name === 'From somewhere')).toBe(
		false
	);
	expect((await create({ origin: stepwell.url })).status()).toBe(200);

	const form = await request.post(`${stepwell.url}/sign-out`, {
		headers: { cookie: doors.me.cookie, origin: 'https://evil.example' },
		form: {},
		maxRedirects: 0
	});
	expect(form.status()).toBe(403);
	expect((await doors.me.api.settings.status.query()).testMode, 'the session lives on').toBe(true);
});

const contact = { id: 'carl', email: 'carl@example.test' };
const call = { contact, payload: { score: 7 } };
const event = { contact, name: 'visit.completed', properties: {} };

interface Refusal {
	what: string;
	path?: string;
	headers?: Record<string, string>;
	body: unknown;
	status: number;
	code: string;
	at?: string;
}

const refusals: Refusal[] = [
	{ what: 'no key', headers: { authorization: '' }, body: event, status: 401, code: 'auth.required' },
	{
		what: 'a wrong key',
		headers: { authorization: `Bearer sw_live_${'x'.repeat(40)}` },
		body: event,
		status: 401,
		code: 'auth.required'
	},
	{ what: 'an unknown trigger', path: 'triggers/nobody', body: call, status: 404, code: 'trigger.unknown' },
	{
		what: 'an unknown contact',
		body: { ...event, contact: 'nobody' },
		status: 404,
		code: 'contact.unknown',
		at: '/contact'
	},
	{ what: 'an unknown address', path: 'patients', body: {}, status: 404, code: 'not-found' },
	{ what: 'broken JSON', body: '{"contact":', status: 400, code: 'input.invalid', at: '' },
	{
		what: 'a missing name',
		body: { contact, properties: {} },
		status: 400,
		code: 'input.invalid',
		at: '/name'
	},
	{
		what: 'no email address',
		body: { ...event, contact: { id: 'carl', email: 'carl' } },
		status: 400,
		code: 'input.invalid',
		at: '/contact/email'
	},
	{
		what: 'an attribute of a wrong type',
		body: { ...event, contact: { ...contact, attributes: { age: {} } } },
		status: 400,
		code: 'input.invalid',
		at: '/contact/attributes/age'
	},
	{
		what: 'a field that is none',
		body: { ...event, prio: 1 },
		status: 400,
		code: 'input.invalid',
		at: '/prio'
	},
	{
		what: 'a name of ours',
		body: { ...event, name: 'email.clicked' },
		status: 400,
		code: 'input.invalid',
		at: '/name'
	},
	{
		what: 'one bad event of many',
		body: [event, { ...event, contact: 7 }],
		status: 400,
		code: 'input.invalid',
		at: '/1/contact'
	},
	{
		what: 'one unknown contact of many',
		body: [event, { ...event, contact: 'nobody' }],
		status: 404,
		code: 'contact.unknown',
		at: '/1/contact'
	},
	{
		what: 'a payload that does not fit',
		path: 'triggers/result-treatment',
		body: { contact, payload: { score: 'high' } },
		status: 422,
		code: 'payload.invalid',
		at: '/payload/score'
	},
	{
		what: 'a payload that lacks a field',
		path: 'triggers/result-treatment',
		body: { contact, payload: {} },
		status: 422,
		code: 'payload.invalid',
		at: '/payload/score'
	},
	{
		what: 'a body of two megabytes',
		body: { ...event, properties: { note: 'x'.repeat(2_000_000) } },
		status: 413,
		code: 'input.too-large'
	},
	{
		what: 'a body that is not JSON',
		headers: { 'content-type': 'text/plain' },
		body: 'hello',
		status: 415,
		code: 'input.not-json'
	}
];

for (const { what, path = 'events', headers = {}, body, status, code, at } of refusals)
	test(`${what} is refused with ${status} ${code}${at ? ` at ${at}` : ''}, and nothing is written`, async ({
		request,
		stepwell,
		doors
	}) => {
		const answer = await request.post(`${stepwell.url}/api/v1/${path}`, {
			headers: { authorization: `Bearer ${doors.key}`, 'content-type': 'application/json', ...headers },
			data: typeof body === 'string' ? body : JSON.stringify(body)
		});
		expect(answer.status()).toBe(status);
		const { error } = (await answer.json()) as { error: { code: string; message: string; path?: string } };
		expect(error).toMatchObject({
			code,
			message: expect.stringMatching(/^\S.*[.…”]$/s),
			...(at !== undefined && { path: at })
		});
		expect(error.message, 'what was sent is not repeated').not.toContain('carl');
		expect((await doors.me.api.contacts.list.query({})).total).toBe(0);
	});

test('a key sends events and reads nobody, by tRPC as by REST', async ({ request, stepwell, doors }) => {
	const program = clientOf(stepwell.url, { authorization: `Bearer ${doors.key}` });
	await expect(program.contacts.list.query({})).rejects.toMatchObject({
		data: { code: 'FORBIDDEN', httpStatus: 403 }
	});
	await expect(program.keys.create.mutate({ name: 'More' })).rejects.toMatchObject({
		data: { httpStatus: 403 }
	});
	await expect(clientOf(stepwell.url, {}).contacts.list.query({})).rejects.toMatchObject({
		data: { httpStatus: 401 }
	});
	await expect(
		program.ingest.trigger.mutate({ name: 'result-treatment', contact, payload: { score: 'high' } })
	).rejects.toMatchObject({
		data: { httpStatus: 422, problem: { code: 'payload.invalid', path: '/payload/score' } }
	});
	await expect(program.ingest.events.mutate({ ...event, contact: 'nobody' })).rejects.toMatchObject({
		data: { httpStatus: 404, problem: { code: 'contact.unknown', path: '/contact' } }
	});

	const first = await program.ingest.trigger.mutate({
		name: 'result-treatment',
		...call,
		idempotencyKey: 'result-1'
	});
	expect(first).toMatchObject({ event: expect.any(String), duplicate: false });
	const again = await program.ingest.trigger.mutate({
		name: 'result-treatment',
		...call,
		idempotencyKey: 'result-1'
	});
	expect(again).toMatchObject({ duplicate: true });
	await expect(program.ingest.events.mutate([event, event])).resolves.toMatchObject({
		events: [{ duplicate: false }, { duplicate: false }]
	});
	await expect.poll(() => enteredAt(doors, 'call')).toBe(1);

	const rest = (body: unknown) =>
		request.post(`${stepwell.url}/api/v1/events`, {
			headers: { authorization: `Bearer ${doors.key}`, 'idempotency-key': 'one-call' },
			data: body
		});
	const kept = await rest(event);
	expect(kept.status()).toBe(202);
	expect(await (await rest(event)).json()).toEqual(await kept.json());
	const other = await rest({ ...event, name: 'visit.cancelled' });
	expect(other.status()).toBe(422);
	expect(await other.json()).toMatchObject({ error: { code: 'idempotency.mismatch' } });
	const read = await request.get(`${stepwell.url}/api/v1/events`, {
		headers: { authorization: `Bearer ${doors.key}` }
	});
	expect(read.status()).toBe(405);
	expect(read.headers().allow).toBe('POST');
});

async function enteredAt({ me, slug }: Doors, step: string): Promise<number | undefined> {
	return (await me.api.reports.counts.query({ slug })).steps[step]?.entered;
}

test('one-click unsubscribing needs no cookie and no Origin, and only a POST does it', async ({
	request,
	stepwell,
	doors
}) => {
	await publishResults(doors.me, 'marketing');
	const { id } = await doors.me.api.contacts.create.mutate({
		publicId: 'dora',
		name: 'Dora',
		email: 'dora@example.test',
		marketing: true
	});
	await send(request, stepwell, doors, 'result-marketing', { contact: 'dora', payload: { score: 7 } });
	const headers = await headersOfMailTo(doors, 'dora@example.test');
	expect(headers['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click');
	const link = /<([^>]+\/u\/[^>]+)>/.exec(headers['list-unsubscribe'] ?? '')?.[1] ?? '';
	expect(link).toContain(`${stepwell.url}/u/`);
	const blocked = async () =>
		(await doors.me.api.contacts.get.query({ id })).suppressions.map(({ reason }) => reason);

	expect((await fetch(link)).status).toBe(200);
	expect((await fetch(link, { method: 'HEAD' })).status).toBe(200);
	expect(await blocked(), 'scanners follow every link').toEqual([]);

	const forged = link.replace(/\.(.)/, (_, first: string) => `.${first === 'A' ? 'B' : 'A'}`);
	for (const address of [forged, `${stepwell.url}/u/nothing`])
		expect((await oneClick(address)).status).toBe(404);
	for (const path of ['/t/c/nothing', '/t/o/nothing.gif', new URL(forged).pathname.replace('/u/', '/t/c/')])
		expect((await fetch(stepwell.url + path)).status).toBe(404);
	expect(await blocked()).toEqual([]);

	const done = await oneClick(link);
	expect(done.status, 'RFC 8058: not a redirect').toBe(200);
	expect(await blocked()).toEqual(['unsubscribed']);
	expect((await oneClick(link)).status).toBe(200);

	await send(request, stepwell, doors, 'result-marketing', { contact: 'dora', payload: { score: 8 } });
	await expect
		.poll(async () => (await doors.me.api.reports.counts.query({ slug: 'results-by-marketing' })).whole)
		.toMatchObject({ entered: 2, sent: 1, blocked: 1 });
});

function oneClick(address: string): Promise<Response> {
	return fetch(address, {
		method: 'POST',
		body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
		redirect: 'manual'
	});
}

async function send(
	request: APIRequestContext,
	{ url }: Stepwell,
	{ key }: Doors,
	trigger: string,
	body: unknown
): Promise<void> {
	const answer = await request.post(`${url}/api/v1/triggers/${trigger}`, {
		headers: { authorization: `Bearer ${key}` },
		data: body
	});
	expect(answer.status()).toBe(202);
}

async function headersOfMailTo({ me }: Doors, address: string): Promise<Record<string, string>> {
	const caught = () => me.api.mail.list.query({ search: address });
	await expect.poll(async () => (await caught()).mails.length, { timeout: 20_000 }).toBe(1);
	const [mail] = (await caught()).mails;
	const { headers } = await me.api.mail.get.query({ id: mail?.id ?? 0 });
	return Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value]));
}

const document = {
	format: 'stepwell.journey/1',
	name: 'Refused',
	steps: [] as unknown[],
	edges: [] as unknown[]
};
const step = (index: number) => ({ id: `exit-${index}`, kind: 'exit', config: {} });
const documents: { what: string; document: unknown; status: number; at?: string }[] = [
	{
		what: 'an unknown kind of step',
		document: { ...document, steps: [{ id: 'fax', kind: 'send.fax', config: {} }] },
		status: 400,
		at: '/document/steps/0/kind'
	},
	{
		what: 'a step without an id',
		document: { ...document, steps: [{ kind: 'exit', config: {} }] },
		status: 400,
		at: '/document/steps/0/id'
	},
	{ what: 'a key that is none', document: { ...document, owner: 'me' }, status: 400, at: '/document/owner' },
	{
		what: 'another format',
		document: { ...document, format: 'stepwell.journey/9' },
		status: 400,
		at: '/document/format'
	},
	{
		what: 'more steps than fit',
		document: { ...document, steps: Array.from({ length: 2001 }, (_, n) => step(n)) },
		status: 400,
		at: '/document/steps'
	},
	{
		what: 'a document of two megabytes',
		document: { ...document, settings: { note: 'x'.repeat(2_000_000) } },
		status: 413
	},
	{ what: 'a list for a document', document: [], status: 400, at: '/document' }
];

for (const { what, document: refused, status, at } of documents)
	test(`a journey with ${what} is refused${at ? ` at ${at}` : ''}`, async ({ request, stepwell, doors }) => {
		const answer = await request.post(`${stepwell.url}/api/trpc/journeys.create`, {
			headers: { cookie: doors.me.cookie, origin: stepwell.url },
			data: { name: 'Refused', document: refused }
		});
		expect(answer.status()).toBe(status);
		if (at !== undefined)
			expect(await answer.json()).toMatchObject({
				error: { data: { problem: { code: 'input.invalid', path: at } } }
			});
		expect((await doors.me.api.journeys.list.query()).map(({ name }) => name)).not.toContain('Refused');
	});

test('a message that does not parse is refused at its line, and the kept one stays', async ({ doors }) => {
	const { slug } = await doors.me.api.templates.create.mutate({ name: 'Broken' });
	const broken = {
		slug,
		name: 'Broken',
		subject: 'Hello',
		preheader: '',
		basedOn: 1,
		blocks: [{ kind: 'text', text: 'Hello,\n{% if %}' }]
	};
	await expect(doors.me.api.templates.save.mutate(broken)).rejects.toMatchObject({
		data: { httpStatus: 400, problem: { code: 'input.invalid', path: '/blocks/0/text' } }
	});
	expect((await doors.me.api.templates.get.query({ slug })).number).toBe(1);
});

test('a journey with errors is not published, and says why', async ({ doors }) => {
	const { slug } = await doors.me.api.journeys.create.mutate({ name: 'Unfinished' });
	await expect(doors.me.api.journeys.publish.mutate({ slug })).rejects.toMatchObject({
		data: {
			httpStatus: 422,
			problem: {
				code: 'publish.refused',
				problems: expect.arrayContaining([expect.objectContaining({ severity: 'error' })])
			}
		}
	});
	expect((await doors.me.api.journeys.get.query({ slug })).state).toBe('draft');
});

test('every answer carries the headers that keep a browser safe', async ({ request, stepwell, doors }) => {
	const door = (await request.get(`${stepwell.url}/sign-in`)).headers();
	const csp = door['content-security-policy'] ?? '';
	expect(csp).toMatch(/script-src [^;]*'nonce-/);
	expect(csp).not.toMatch(/script-src [^;]*unsafe/);
	for (const rule of [
		"default-src 'self'",
		"frame-ancestors 'none'",
		"object-src 'none'",
		"base-uri 'none'",
		"form-action 'self'"
	])
		expect(csp).toContain(rule);
	const api = (await request.post(`${stepwell.url}/api/v1/events`)).headers();
	for (const headers of [door, api]) {
		expect(headers['x-content-type-options']).toBe('nosniff');
		expect(headers['referrer-policy']).toBe('same-origin');
		expect(headers['x-powered-by']).toBeUndefined();
	}
	const people = await request.get(`${stepwell.url}/people`, { headers: { cookie: doors.me.cookie } });
	expect(people.headers()['cache-control']).toBe('no-store');
});
