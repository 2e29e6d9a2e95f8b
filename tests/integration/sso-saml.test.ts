import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { provideApp, systemClock, type App } from '../../src/lib/server/app.ts';
import { beginSso } from '../../src/lib/server/auth/sso/begin.ts';
import { OIDC_CALLBACK } from '../../src/lib/server/auth/sso/oidc.ts';
import { ownMetadata, readMetadata } from '../../src/lib/server/auth/sso/saml-metadata.ts';
import { entityIdOf, returnFromSaml, SAML_ACS, takeAnswer } from '../../src/lib/server/auth/sso/saml.ts';
import { ANSWER_LIMIT, ssoRoutes } from '../../src/lib/server/http/sso-routes.ts';
import { makeCertificate, makeRsaCertificate } from '../support/certificate.ts';
import { cloneDatabase, testApp, type TestDatabase } from '../support/database.ts';
import { assertionOf, keys, provider, responseOf, signXml, type Said } from '../support/saml-provider.ts';
import { common, connect, end, giving, refusalOf } from '../support/sso.ts';

let database: TestDatabase;
let app: App;
let connection: number;
const acs = `http://localhost:4780${SAML_ACS}`;
const config = {
	...giving,
	...provider,
	certificates: [keys.cert],
	emailAttribute: '',
	groupsAttribute: '',
	groups: [{ group: 'mail', role: 'privacy-officer' }]
};

beforeAll(async () => {
	database = await cloneDatabase();
	app = testApp(database.pool, systemClock);
	provideApp(app);
});
afterAll(() => database.drop());
beforeEach(async () => {
	await database.pool.query(
		'truncate users, sso_connections, ceremonies, saml_assertions restart identity cascade'
	);
	connection = await connect(app, { ...common, kind: 'saml', config });
});

const start = () =>
	beginSso(app, { connection, kind: 'saml', returnTo: '/journeys', again: false, ip: '192.0.2.7' });

let assertions = 0;
/** What a good provider says to a new request, but for `but`; with the cookie of the browser that asked. */
async function said(but: Partial<Said> = {}): Promise<{ cookie: string; said: Said }> {
	const { location, cookie } = await start();
	const packed = new URL(location).searchParams.get('SAMLRequest') ?? '';
	const xml = inflateRawSync(Buffer.from(packed, 'base64')).toString();
	const request = / ID="([^"]+)"/.exec(xml)?.[1] ?? '';
	const now = app.clock.now();
	return {
		cookie,
		said: {
			request,
			audience: entityIdOf(app, connection),
			recipient: acs,
			destination: acs,
			issuer: provider.entityId,
			nameId: 'subject-1',
			format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
			email: 'Ann@clinic.example',
			groups: ['mail'],
			notBefore: now - 1000,
			notOnOrAfter: now + 300_000,
			confirmedUntil: now + 300_000,
			confirmedRequest: request,
			status: 'Success',
			assertionId: `_a${assertions++}`,
			...but
		}
	};
}

const encode = (xml: string) => Buffer.from(xml).toString('base64');
const write = (what: Said) => signXml(responseOf(what, assertionOf(what)));

async function ticketFor(xml: string): Promise<string> {
	const { ticket } = await takeAnswer(app, encode(xml));
	return ticket();
}

test('a signed assertion to our request signs its person in, with the role of their group', async () => {
	const { cookie, said: what } = await said();
	const ticket = await ticketFor(write(what));
	const session = await end(app, returnFromSaml(app, ticket, cookie));
	expect(session).toMatchObject({ way: 'sso', stage: 'open' });
	expect(session.user).toMatchObject({ email: 'ann@clinic.example', role: 'privacy-officer' });
});

test('a response that is signed around its signed assertion passes too', async () => {
	const { cookie, said: what } = await said();
	const ticket = await ticketFor(signXml(write(what), { element: 'Response' }));
	await end(app, returnFromSaml(app, ticket, cookie));
});

test('a ticket is good once, and only in the browser that began', async () => {
	const one = await said();
	const ticket = await ticketFor(write(one.said));
	await end(app, returnFromSaml(app, ticket, one.cookie));
	expect(await refusalOf(returnFromSaml(app, ticket, one.cookie))).toBe('expired');
	const two = await said();
	const theirs = await ticketFor(write(two.said));
	expect(await refusalOf(returnFromSaml(app, theirs, one.cookie))).toBe('other-browser');
	const three = await said();
	expect(await refusalOf(returnFromSaml(app, await ticketFor(write(three.said)), undefined))).toBe(
		'other-browser'
	);
});

test('an answer is taken once, and its assertion is not taken for another request either', async () => {
	const { said: what } = await said();
	const xml = write(what);
	const { rows } = await app.pool.query('select id, kind, data, expires_at from ceremonies');
	await ticketFor(xml);
	expect(await refusalOf(ticketFor(xml))).toBe('expired');
	const [row] = rows;
	await app.pool.query('insert into ceremonies (id, kind, data, expires_at) values ($1, $2, $3, $4)', [
		row.id,
		row.kind,
		row.data,
		row.expires_at
	]);
	expect(await refusalOf(ticketFor(xml))).toBe('answer: replay');
});

const hour = 3_600_000;
test.each<[string, (now: number) => Partial<Said>, string]>([
	['for another audience', () => ({ audience: 'https://other.example' }), 'answer: audience'],
	['for no audience', () => ({ audience: null }), 'answer: audience'],
	['for another recipient', () => ({ recipient: 'https://other.example/acs' }), 'answer: recipient'],
	['for another destination', () => ({ destination: 'https://other.example/acs' }), 'answer: destination'],
	['of another issuer', () => ({ issuer: 'https://other.example' }), 'answer: issuer'],
	['to no request (IdP-initiated)', () => ({ request: null, confirmedRequest: null }), 'expired'],
	['to a request that was never made', () => ({ request: '_made-up' }), 'expired'],
	['whose signed part answers another request', () => ({ confirmedRequest: '_another' }), 'answer: request'],
	['whose signed part answers no request', () => ({ confirmedRequest: null }), 'answer: request'],
	['that ran out', (now) => ({ notOnOrAfter: now - hour }), 'answer: over'],
	['whose confirmation ran out', (now) => ({ confirmedUntil: now - hour }), 'answer: over'],
	['without an end', () => ({ notOnOrAfter: null }), 'answer: not-verified'],
	['whose confirmation has no end', () => ({ confirmedUntil: null }), 'answer: not-verified'],
	['that has not begun', (now) => ({ notBefore: now + hour }), 'answer: not-yet'],
	[
		'of a subject that is another each time',
		() => ({ format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }),
		'answer: transient'
	],
	['without a subject', () => ({ nameId: '' }), 'answer: name-id'],
	['with a comment in the name', () => ({ nameId: 'admin<!-- -->.evil' }), 'answer: comment'],
	[
		'with a comment in the address',
		() => ({ email: 'boss@clinic.example<!---->.evil.example' }),
		'answer: comment'
	],
	['with an instruction in the name', () => ({ nameId: 'admin<?x y?>.evil' }), 'answer: comment'],
	['that the provider calls a failure', () => ({ status: 'Responder' }), 'declined: status']
])('an assertion %s is refused', async (_, but, refused) => {
	const { said: what } = await said(but(app.clock.now()));
	expect(await refusalOf(ticketFor(write(what)))).toBe(refused);
	expect((await app.pool.query('select from users')).rowCount).toBe(0);
});

test('an address of another domain opens nothing', async () => {
	const { cookie, said: what } = await said({ email: 'ann@evil.example' });
	const ticket = await ticketFor(write(what));
	expect(await refusalOf(end(app, returnFromSaml(app, ticket, cookie)))).toBe('domain');
});

describe('signatures', () => {
	const other = makeRsaCertificate('evil.example');
	test.each<[string, (what: Said) => string, string]>([
		['none', (what) => responseOf(what, assertionOf(what)), 'answer: unsigned'],
		[
			'the response alone',
			(what) => signXml(responseOf(what, assertionOf(what)), { element: 'Response' }),
			'answer: unsigned'
		],
		[
			'another key',
			(what) => signXml(responseOf(what, assertionOf(what)), { key: other.key }),
			'answer: not-verified'
		],
		[
			'another key that brings its certificate',
			(what) => signXml(responseOf(what, assertionOf(what)), { key: other.key, cert: other.cert }),
			'answer: not-verified'
		],
		['SHA-1', (what) => signXml(responseOf(what, assertionOf(what)), { hash: 'sha1' }), 'answer: algorithm'],
		[
			'a SHA-1 digest',
			(what) => signXml(responseOf(what, assertionOf(what)), { digest: 'sha1' }),
			'answer: algorithm'
		],
		[
			'a value that was changed since',
			(what) => write(what).replace('>mail<', '>board<'),
			'answer: not-verified'
		],
		[
			'a name that was changed since',
			(what) => write(what).replace('>subject-1<', '>admin<'),
			'answer: not-verified'
		]
	])('%s is refused', async (_, make, refused) => {
		const { said: what } = await said();
		expect(await refusalOf(ticketFor(make(what)))).toBe(refused);
	});
});

/** Ways to keep the signed assertion somewhere and have another one read (Somorovsky and others, 2012). */
describe('signature wrapping', () => {
	const evil = (what: Said) =>
		assertionOf({ ...what, assertionId: '_evil', nameId: 'admin', email: 'boss@clinic.example' });
	const signed = (what: Said) => signXml(assertionOf(what));
	const signatureOf = (xml: string) => /<Signature[\s\S]*<\/Signature>/.exec(xml)?.[0] ?? '';
	const within = (outer: string, inner: string) =>
		outer.replace('</saml:Assertion>', `${inner}</saml:Assertion>`);
	const same = (what: Said) => evil(what).replace('_evil', what.assertionId);

	test.each<[string, (what: Said) => string]>([
		['a second assertion before it', (what) => responseOf(what, evil(what) + signed(what))],
		['a second assertion after it', (what) => responseOf(what, signed(what) + evil(what))],
		['it inside another', (what) => responseOf(what, within(evil(what), signed(what)))],
		['another inside it', (what) => responseOf(what, within(signed(what), evil(what)))],
		[
			'it inside another’s signature',
			(what) => {
				const original = signed(what);
				const bare = original.replace(signatureOf(original), '');
				const signature = signatureOf(original).replace(
					'</Signature>',
					`<Object>${bare}</Object></Signature>`
				);
				return responseOf(what, within(evil(what), signature));
			}
		],
		['its signature in another', (what) => responseOf(what, within(evil(what), signatureOf(signed(what))))],
		[
			'its signature in another of the same id',
			(what) => responseOf(what, within(same(what), signatureOf(signed(what))))
		],
		['two of the same id', (what) => responseOf(what, same(what) + signed(what))],
		[
			'it in an extension',
			(what) => {
				const extension = `<samlp:Extensions>${signed(what)}</samlp:Extensions>`;
				return responseOf(what, extension + within(evil(what), signatureOf(signed(what))));
			}
		],
		[
			'it in a response inside',
			(what) => responseOf(what, responseOf(what, signed(what)).replace('_response', '_inner') + evil(what))
		],
		[
			'an assertion of another namespace',
			(what) =>
				responseOf(what, signed(what) + evil(what).replace('SAML:2.0:assertion', 'SAML:1.0:assertion'))
		],
		[
			'a signature of another’s id',
			(what) => write(what).replace('<samlp:Status>', `${signatureOf(signed(what))}<samlp:Status>`)
		],
		['it as the root', (what) => signed(what)],
		[
			'an encrypted assertion beside it',
			(what) =>
				responseOf(
					what,
					`${signed(what)}<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"/>`
				)
		]
	])('%s is refused', async (_, make) => {
		const { said: what } = await said();
		expect(await refusalOf(ticketFor(make(what)))).toMatch(/^(answer: |expired$)/);
		expect((await app.pool.query(`select from ceremonies where data ->> 'step' = 'ticket'`)).rowCount).toBe(
			0
		);
	});
});

describe('XML', () => {
	test.each<[string, (xml: string) => string, string]>([
		['a DOCTYPE', (xml) => `<!DOCTYPE x>${xml}`, 'answer: doctype'],
		[
			'an entity',
			(xml) => `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${xml.replace('subject-1', '&e;')}`,
			'answer: doctype'
		],
		['what is cut off', (xml) => xml.slice(0, -20), 'answer: malformed'],
		['nothing', () => '', 'answer: malformed'],
		['what is deep', () => '<a>'.repeat(10_000) + '</a>'.repeat(10_000), 'answer: malformed'],
		['text', () => 'hello', 'answer: malformed']
	])('%s is refused', async (_, change, refused) => {
		const { said: what } = await said();
		expect(await refusalOf(ticketFor(change(write(what))))).toBe(refused);
	});
});

describe('the address that answers are posted to', () => {
	const post = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
		ssoRoutes(
			new Request(acs, {
				method: 'POST',
				body: new URLSearchParams(fields),
				headers: { origin: 'https://idp.example', ...headers }
			}),
			{ ip: '192.0.2.7' }
		);

	test('sends a good one to the page that ends the sign-in, without a cookie', async () => {
		const { cookie, said: what } = await said();
		const answer = await post({ SAMLResponse: encode(write(what)), RelayState: 'https://evil.example' });
		expect(answer?.status).toBe(303);
		expect(answer?.headers.getSetCookie()).toEqual([]);
		const to = new URL(answer?.headers.get('location') ?? '', acs);
		expect(to.pathname).toBe('/sso/finish');
		await end(app, returnFromSaml(app, to.searchParams.get('ticket') ?? '', cookie));
	});

	test('sends a bad one to the sign-in page, and writes down why', async () => {
		const { said: what } = await said({ audience: 'https://other.example' });
		const answer = await post({ SAMLResponse: encode(write(what)) });
		expect(answer?.headers.get('location')).toBe('/sign-in?sso=answer');
		const { rows } = await app.pool.query('select reason, details from audit_log order by id desc limit 1');
		expect(rows).toEqual([{ reason: 'sso-answer', details: { connection, fault: 'audience' } }]);
	});

	test('takes no more than an answer has', async () => {
		expect((await post({ SAMLResponse: 'A'.repeat(ANSWER_LIMIT) }))?.status).toBe(413);
		expect((await post({}))?.status).toBe(400);
		expect(await ssoRoutes(new Request(acs), { ip: '' })).toBeNull();
		expect(
			await ssoRoutes(new Request(`http://localhost${OIDC_CALLBACK}`, { method: 'POST' }), { ip: '' })
		).toBeNull();
	});
});

describe('metadata', () => {
	const bare = keys.cert.replace(/-----[^-]+-----|\s/g, '');
	const theirs = `<?xml version="1.0"?><!-- theirs --><EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${provider.entityId}"><IDPSSODescriptor><KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n${bare}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/post"/><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${provider.entryPoint}"/></IDPSSODescriptor></EntityDescriptor>`;

	test('of the provider is read', async () => {
		expect(await readMetadata(theirs)).toEqual({ ...provider, certificates: [bare] });
	});

	test('that is none is refused', async () => {
		for (const xml of ['', 'x', '<a/>', `<!DOCTYPE a>${theirs}`, theirs.replace('HTTP-Redirect', 'SOAP')])
			await expect(readMetadata(xml)).rejects.toThrow('This is not the metadata');
	});

	test('of ours names where answers go, and asks for signed assertions', () => {
		const xml = ownMetadata(app, connection);
		expect(xml).toContain(`entityID="${entityIdOf(app, connection)}"`);
		expect(xml).toContain(`Location="${acs}"`);
		expect(xml).toContain('WantAssertionsSigned="true"');
	});
});

test('certificates that can’t be believed are refused as they are saved', async () => {
	const save = (certificate: string) =>
		connect(app, { ...common, kind: 'saml', config: { ...config, certificates: [certificate] } });
	await expect(save('not one')).rejects.toThrow('This is not a certificate');
	await expect(save(makeCertificate('idp.example').cert)).rejects.toThrow('has to be an RSA key');
	await expect(
		connect(app, { ...common, kind: 'saml', config: { ...config, entryPoint: 'http://idp.example' } })
	).rejects.toThrow('https://');
});
