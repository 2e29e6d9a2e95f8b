/** Reads an assertion whose signature was found good: whether it is meant for us, for this request and for now, and whom it names. */
import { emailIn, groupsIn, nameIn, type Claims } from './claims.ts';
import type { SamlConfig } from './config.ts';
import { SsoRefused } from './refusal.ts';
import { ASSERTION, attributeOf, childrenOf, onlyChild, textOf } from './saml-xml.ts';

/** So far may the provider's clock be from ours (milliseconds). */
const SKEW_MS = 60_000;

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';

/** Names under which providers tell the same, tried in this order. */
const EMAIL_NAMES = [
	'email',
	'mail',
	'urn:oid:0.9.2342.19200300.100.1.3',
	'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress'
];
const NAME_NAMES = [
	'displayName',
	'name',
	'urn:oid:2.16.840.1.113730.3.1.241',
	'http://schemas.microsoft.com/identity/claims/displayname',
	'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name'
];
const GROUP_NAMES = [
	'groups',
	'memberOf',
	'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups',
	'http://schemas.xmlsoap.org/claims/Group'
];

export interface Expected {
	config: SamlConfig;
	/** Our own entity id, and where the answer had to go. */
	audience: string;
	acs: string;
	/** The id of our request. */
	request: string;
}

export interface ReadAssertion {
	id: string;
	/** From then on it would be refused for its age (milliseconds since 1970). */
	endsAt: number;
	claims: Claims;
}

/** Throws SsoRefused `answer` with what was wrong. */
export function readAssertion(assertion: Element, expected: Expected, now: number): ReadAssertion {
	require(assertion.localName === 'Assertion' && assertion.namespaceURI === ASSERTION, 'root');
	const id = attributeOf(assertion, 'ID') ?? '';
	require(id !== '', 'id');
	const issuer = textOf(onlyChild(assertion, ASSERTION, 'Issuer'));
	require(issuer === expected.config.entityId, 'issuer');
	const subject = onlyChild(assertion, ASSERTION, 'Subject');
	const endsAt = Math.min(
		checkConfirmation(subject, expected, now),
		checkConditions(assertion, expected.audience, now)
	);
	const statements = childrenOf(assertion, ASSERTION, 'AuthnStatement');
	require(statements.length > 0, 'no-sign-in');
	checkSessionEnd(assertion, now);
	const authAt = Date.parse(attributeOf(statements[0], 'AuthnInstant') ?? '');
	const claims = claimsIn(assertion, subject, issuer, expected.config);
	return {
		id,
		endsAt: endsAt + SKEW_MS,
		claims: { ...claims, authAt: Number.isNaN(authAt) ? null : authAt }
	};
}

/** The bearer's confirmation binds the assertion to our request, to our address and to a moment; all of it is signed. */
function checkConfirmation(subject: Element | undefined, { acs, request }: Expected, now: number): number {
	const all = subject ? childrenOf(subject, ASSERTION, 'SubjectConfirmation') : [];
	const bearers = all.filter((each) => attributeOf(each, 'Method') === BEARER);
	require(bearers.length === 1, 'confirmation');
	const data = onlyChild(bearers[0], ASSERTION, 'SubjectConfirmationData');
	require(attributeOf(data, 'Recipient') === acs, 'recipient');
	require(attributeOf(data, 'InResponseTo') === request, 'request');
	// The profile forbids it here (SAML profiles, 4.1.4.2); who sends it means a moment that has to have come.
	checkBegun(attributeOf(data, 'NotBefore'), now);
	return checkEnd(attributeOf(data, 'NotOnOrAfter'), now);
}

function checkConditions(assertion: Element, audience: string, now: number): number {
	const conditions = onlyChild(assertion, ASSERTION, 'Conditions');
	require(conditions !== undefined, 'conditions');
	const restrictions = childrenOf(conditions, ASSERTION, 'AudienceRestriction');
	const isOurs = (restriction: Element) =>
		childrenOf(restriction, ASSERTION, 'Audience').some((each) => textOf(each) === audience);
	require(restrictions.length > 0 && restrictions.every(isOurs), 'audience');
	checkBegun(attributeOf(conditions, 'NotBefore'), now);
	return checkEnd(attributeOf(conditions, 'NotOnOrAfter'), now);
}

function checkSessionEnd(assertion: Element, now: number): void {
	for (const statement of childrenOf(assertion, ASSERTION, 'AuthnStatement')) {
		const end = attributeOf(statement, 'SessionNotOnOrAfter');
		if (end !== null) checkEnd(end, now);
	}
}

function checkBegun(instant: string | null, now: number): void {
	if (instant !== null) require(instantIn(instant) - SKEW_MS <= now, 'not-yet');
}

function checkEnd(instant: string | null, now: number): number {
	require(instant !== null, 'no-end');
	const end = instantIn(instant);
	require(now < end + SKEW_MS, 'over');
	return end;
}

/** SAML writes instants in UTC (core, 1.3.3); one without a zone would mean what this machine's zone makes of it. */
function instantIn(text: string): number {
	require(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text), 'instant');
	const instant = Date.parse(text);
	require(Number.isFinite(instant), 'instant');
	return instant;
}

function claimsIn(
	assertion: Element,
	subject: Element | undefined,
	issuer: string,
	config: SamlConfig
): Omit<Claims, 'authAt'> {
	const nameId = onlyChild(subject, ASSERTION, 'NameID');
	const value = textOf(nameId);
	require(value !== '' && value.length <= 255, 'name-id');
	// It is another one at every sign-in, so nobody could ever be recognised by it.
	require(attributeOf(nameId, 'Format') !== TRANSIENT, 'transient');
	const told = attributesIn(assertion);
	const first = (names: readonly string[]) => names.map((name) => told.get(name)?.[0]).find(Boolean);
	const email = config.emailAttribute ? told.get(config.emailAttribute)?.[0] : (first(EMAIL_NAMES) ?? value);
	const groupNames = config.groupsAttribute ? [config.groupsAttribute] : GROUP_NAMES;
	return {
		issuer,
		subject: value,
		email: emailIn(email),
		// A provider of the organization's own answers for the addresses of its own domains; SAML has no other word for it.
		emailVerified: true,
		name: nameIn(first(NAME_NAMES)),
		groups: groupsIn(groupNames.map((name) => told.get(name)).find(Boolean) ?? [])
	};
}

function attributesIn(assertion: Element): Map<string, string[]> {
	const told = new Map<string, string[]>();
	for (const statement of childrenOf(assertion, ASSERTION, 'AttributeStatement'))
		for (const attribute of childrenOf(statement, ASSERTION, 'Attribute')) {
			const name = attributeOf(attribute, 'Name') ?? '';
			const values = childrenOf(attribute, ASSERTION, 'AttributeValue').map(textOf);
			told.set(name, [...(told.get(name) ?? []), ...values]);
		}
	return told;
}

function require(holds: boolean, fault: string): asserts holds {
	if (!holds) throw new SsoRefused('answer', fault);
}
