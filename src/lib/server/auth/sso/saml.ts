/**
 * Signing in through a SAML 2.0 identity provider. Only what was asked for here is taken (SP-initiated), as a signed assertion
 * that the browser posts. The library checks the signature; what the assertion says is read from the bytes that were signed.
 */
import { SAML, ValidateInResponseTo } from '@node-saml/node-saml';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { App } from '../../app.ts';
import type { Db } from '../../db/db.ts';
import { beginCeremony, takeCeremony } from '../ceremonies.ts';
import { isBound, newBinding, SSO_MS } from './binding.ts';
import { claimsSchema, type Claims } from './claims.ts';
import { findConnection, type SamlConnection } from './connections.ts';
import type { Begun, Returned, Wish } from './oidc.ts';
import { SsoRefused } from './refusal.ts';
import { readAssertion, type ReadAssertion } from './saml-assertion.ts';
import { checkShape } from './saml-shape.ts';
import { attributeOf, parseSigned, XmlRefused } from './saml-xml.ts';

export const SAML_ACS = '/sso/saml/acs';

/** How long the browser has from the provider's answer to the page that ends the sign-in (milliseconds). */
const TICKET_MS = 60_000;

const base = { connection: z.number(), returnTo: z.string(), binding: z.string() };
const sentSchema = z.object({ ...base, step: z.literal('sent') });
const ticketSchema = z.object({ ...base, step: z.literal('ticket'), claims: claimsSchema });

/** What we are called at the provider: the address of our metadata. */
export function entityIdOf({ publicUrl }: Pick<App, 'publicUrl'>, connection: number): string {
	return `${publicUrl}/sso/saml/${connection}/metadata`;
}

function clientOf(app: App, { id, config }: SamlConnection, request: string, forceAuthn = false): SAML {
	return new SAML({
		issuer: entityIdOf(app, id),
		callbackUrl: app.publicUrl + SAML_ACS,
		entryPoint: config.entryPoint,
		idpCert: config.certificates,
		idpIssuer: config.entityId,
		wantAssertionsSigned: true,
		wantAuthnResponseSigned: false,
		// For whom it is, which request it answers, and when: saml-assertion.ts looks at it in what was signed, by the app's clock.
		audience: false,
		validateInResponseTo: ValidateInResponseTo.never,
		acceptedClockSkewMs: -1,
		identifierFormat: null,
		// How people show who they are is the provider's to choose: a password is not what we would insist on.
		disableRequestedAuthnContext: true,
		forceAuthn,
		generateUniqueId: () => request
	});
}

/** Sends somebody off to the provider. */
export async function beginSaml(
	app: App,
	connection: SamlConnection,
	{ returnTo, again }: Wish
): Promise<Begun> {
	const { cookie, hash } = newBinding();
	const data = { step: 'sent', connection: connection.id, returnTo, binding: hash };
	const begun = { kind: 'saml', userId: null, data, lastsMs: SSO_MS } as const;
	const ceremony = await beginCeremony(app.pool, begun, app.clock.now());
	const client = clientOf(app, connection, requestIdOf(ceremony), again);
	return { location: await client.getAuthorizeUrlAsync('', undefined, {}), cookie };
}

/** An id of XML begins with a letter or an underscore. */
function requestIdOf(ceremony: string): string {
	return `_${ceremony}`;
}

/** An answer to a request of ours. */
export interface SamlAnswer {
	connection: SamlConnection;
	returnTo: string;
	/** Looks whether it can be trusted and gives a ticket for it, good once. Throws SsoRefused. */
	ticket(): Promise<string>;
}

/** Takes what a browser posted, once. It carries no cookie of ours, so nobody is signed in by it. Throws SsoRefused. */
export async function takeAnswer(app: App, encoded: string): Promise<SamlAnswer> {
	const response = await parseSigned(Buffer.from(encoded, 'base64').toString('utf8')).catch(refuseXml);
	const request = attributeOf(response, 'InResponseTo') ?? '';
	const taken = await takeCeremony(app.pool, request.replace(/^_/, ''), 'saml', app.clock.now());
	const data = sentSchema.safeParse(taken?.data).data;
	if (!data || !request.startsWith('_')) throw new SsoRefused('expired');
	const connection = await findConnection(app.pool, data.connection);
	if (connection?.kind !== 'saml' || !connection.enabled) throw new SsoRefused('closed');
	const { returnTo, binding } = data;
	return {
		connection,
		returnTo,
		async ticket() {
			const { id, endsAt, claims } = await verify(app, connection, { response, encoded, request });
			await takeOnce(app.pool, connection, id, endsAt, app.clock.now());
			const ticket = { step: 'ticket', connection: connection.id, returnTo, binding, claims };
			const begun = { kind: 'saml', userId: null, data: ticket, lastsMs: TICKET_MS } as const;
			return beginCeremony(app.pool, begun, app.clock.now());
		}
	};
}

interface Answer {
	response: Element;
	encoded: string;
	request: string;
}

async function verify(
	app: App,
	connection: SamlConnection,
	{ response, encoded, request }: Answer
): Promise<ReadAssertion> {
	const acs = app.publicUrl + SAML_ACS;
	checkShape(response, acs);
	const signed = await clientOf(app, connection, request)
		.validatePostResponseAsync({ SAMLResponse: encoded })
		.then(({ profile }) => profile?.getAssertionXml?.())
		.catch((cause: unknown) => {
			throw new SsoRefused('answer', 'not-verified', { cause });
		});
	if (!signed) throw new SsoRefused('answer', 'not-verified');
	const assertion = await parseSigned(signed).catch(refuseXml);
	const expected = { config: connection.config, audience: entityIdOf(app, connection.id), acs, request };
	return readAssertion(assertion, expected, app.clock.now());
}

/** An assertion is good once, whatever request it is put into. Those that are too old for any are forgotten on the way. */
async function takeOnce(
	db: Db,
	{ id: connection }: SamlConnection,
	assertion: string,
	endsAt: number,
	now: number
): Promise<void> {
	await db.query('delete from saml_assertions where expires_at < $1', [new Date(now)]);
	const id = createHash('sha256').update(`${connection}\n${assertion}`).digest('base64url');
	const { rowCount } = await db.query(
		'insert into saml_assertions (id, expires_at) values ($1, $2) on conflict do nothing',
		[id, new Date(endsAt)]
	);
	if (rowCount !== 1) throw new SsoRefused('answer', 'replay');
}

/** Takes a ticket, once, in the browser that began the sign-in. Throws SsoRefused. */
export async function returnFromSaml(
	app: App,
	ticket: string,
	cookie: string | undefined
): Promise<Returned<SamlConnection>> {
	const taken = await takeCeremony(app.pool, ticket, 'saml', app.clock.now());
	const data = ticketSchema.safeParse(taken?.data).data;
	if (!data) throw new SsoRefused('expired');
	if (!isBound(cookie, data.binding)) throw new SsoRefused('other-browser');
	const connection = await findConnection(app.pool, data.connection);
	if (connection?.kind !== 'saml' || !connection.enabled) throw new SsoRefused('closed');
	const claims: Claims = data.claims;
	return { connection, returnTo: data.returnTo, claims: () => Promise.resolve(claims) };
}

function refuseXml(error: unknown): never {
	if (error instanceof XmlRefused) throw new SsoRefused('answer', error.message, { cause: error });
	throw error;
}
