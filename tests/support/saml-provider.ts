/** A SAML identity provider that writes and signs whatever a test wants. */
import { SignedXml } from 'xml-crypto';
import { makeRsaCertificate } from './certificate.ts';

export const provider = { entityId: 'https://idp.example/saml', entryPoint: 'https://idp.example/sso' };
export const keys = makeRsaCertificate('idp.example');

const C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';

export interface Said {
	request: string | null;
	audience: string | null;
	recipient: string;
	destination: string;
	issuer: string;
	nameId: string;
	format: string;
	email: string;
	groups: string[];
	/** Milliseconds since 1970; null leaves it out. */
	notBefore: number | null;
	notOnOrAfter: number | null;
	/** The same of the subject's confirmation. */
	confirmedUntil: number | null;
	confirmedRequest: string | null;
	status: string;
	assertionId: string;
}

const when = (name: string, at: number | null) =>
	at === null ? '' : ` ${name}="${new Date(at).toISOString()}"`;
const attribute = (name: string, value: string | null) => (value === null ? '' : ` ${name}="${value}"`);

export function assertionOf(said: Said): string {
	const values = said.groups.map((group) => `<saml:AttributeValue>${group}</saml:AttributeValue>`).join('');
	const audience =
		said.audience === null
			? ''
			: `<saml:AudienceRestriction><saml:Audience>${said.audience}</saml:Audience></saml:AudienceRestriction>`;
	return `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${said.assertionId}" Version="2.0" IssueInstant="${new Date().toISOString()}"><saml:Issuer>${said.issuer}</saml:Issuer><saml:Subject><saml:NameID Format="${said.format}">${said.nameId}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData Recipient="${said.recipient}"${attribute('InResponseTo', said.confirmedRequest)}${when('NotOnOrAfter', said.confirmedUntil)}/></saml:SubjectConfirmation></saml:Subject><saml:Conditions${when('NotBefore', said.notBefore)}${when('NotOnOrAfter', said.notOnOrAfter)}>${audience}</saml:Conditions><saml:AuthnStatement AuthnInstant="${new Date().toISOString()}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="email"><saml:AttributeValue>${said.email}</saml:AttributeValue></saml:Attribute><saml:Attribute Name="groups">${values}</saml:Attribute></saml:AttributeStatement></saml:Assertion>`;
}

export function responseOf(said: Said, inside: string): string {
	return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_response" Version="2.0" IssueInstant="${new Date().toISOString()}" Destination="${said.destination}"${attribute('InResponseTo', said.request)}><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${said.status}"/></samlp:Status>${inside}</samlp:Response>`;
}

export interface Signing {
	key?: string;
	/** Put into the signature, as if it told which key to believe. */
	cert?: string;
	hash?: 'sha1' | 'sha256';
	/** Whether the digest alone is the weak one. */
	digest?: 'sha1' | 'sha256';
	element?: 'Assertion' | 'Response';
}

/** Signs the element of that name inside `xml`, and puts the signature into it. */
export function signXml(
	xml: string,
	{ key = keys.key, cert, hash = 'sha256', digest = hash, element = 'Assertion' }: Signing = {}
): string {
	const sha = {
		sha1: 'http://www.w3.org/2000/09/xmldsig#sha1',
		sha256: 'http://www.w3.org/2001/04/xmlenc#sha256'
	};
	const rsa = {
		sha1: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
		sha256: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'
	};
	const signature = new SignedXml({
		privateKey: key,
		...(cert && { publicCert: cert }),
		signatureAlgorithm: rsa[hash],
		canonicalizationAlgorithm: C14N
	});
	const xpath = `//*[local-name(.)='${element}']`;
	signature.addReference({ xpath, transforms: [ENVELOPED, C14N], digestAlgorithm: sha[digest] });
	signature.computeSignature(xml, { location: { reference: xpath, action: 'append' } });
	return signature.getSignedXml();
}
