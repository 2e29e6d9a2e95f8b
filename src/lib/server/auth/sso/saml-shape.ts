/**
 * What a SAML response must look like before its signature is even asked about. An answer with one assertion, signed right
 * where it stands, leaves nowhere to put a second one (signature wrapping: Somorovsky and others, 2012).
 */
import { ASSERTION, attributeOf, childrenOf, named, onlyChild, PROTOCOL, SIGNATURE } from './saml-xml.ts';
import { SsoRefused } from './refusal.ts';

/** RSA with SHA-2, and nothing keyed by a shared secret; SHA-1 can be forged (NIST SP 800-131A). */
const SIGNATURES = new Set([
	'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
	'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512'
]);
const DIGESTS = new Set([
	'http://www.w3.org/2001/04/xmlenc#sha256',
	'http://www.w3.org/2001/04/xmlenc#sha512'
]);
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
/** The signed bytes are the element without its signature, and nothing that computes. */
const TRANSFORMS = new Set([`${SIGNATURE}enveloped-signature`, EXCLUSIVE]);

const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';

/** Throws SsoRefused for an answer that is not as said. `acs`: where it must be meant for. */
export function checkShape(response: Element, acs: string): void {
	require(response.localName === 'Response' && response.namespaceURI === PROTOCOL, 'root');
	checkStatus(response);
	require(named(response, 'EncryptedAssertion').length === 0, 'encrypted');
	const assertions = named(response, 'Assertion');
	const [assertion] = childrenOf(response, ASSERTION, 'Assertion');
	require(assertions.length === 1 && assertion !== undefined && assertions[0] === assertion, 'assertions');
	require(named(response, 'Response').length === 0, 'assertions');
	checkIds(response);
	checkSignatures(response, assertion);
	const destination = attributeOf(response, 'Destination');
	require(destination === null || destination === '' || destination === acs, 'destination');
}

function checkStatus(response: Element): void {
	const status = onlyChild(response, PROTOCOL, 'Status');
	const value = attributeOf(onlyChild(status, PROTOCOL, 'StatusCode'), 'Value');
	if (value !== SUCCESS) throw new SsoRefused('declined', 'status');
}

function checkIds(response: Element): void {
	const ids = [response, ...named(response, '*')].flatMap((element) =>
		Array.from(element.attributes)
			.filter(({ name }) => /^(.*:)?id$/i.test(name))
			.map(({ value }) => value)
	);
	require(new Set(ids).size === ids.length, 'ids');
}

function checkSignatures(response: Element, assertion: Element): void {
	const all = named(response, 'Signature');
	const ofAssertion = childrenOf(assertion, SIGNATURE, 'Signature');
	const ofResponse = childrenOf(response, SIGNATURE, 'Signature');
	require(ofAssertion.length === 1, 'unsigned');
	require(ofResponse.length <= 1, 'signatures');
	require(all.length === ofAssertion.length + ofResponse.length, 'signatures');
	const signed = [assertion, ...(ofResponse.length > 0 ? [response] : [])];
	signed.forEach(checkReference);
	const algorithms = (name: string) =>
		named(response, name).map((each) => attributeOf(each, 'Algorithm') ?? '');
	require(algorithms('SignatureMethod').every((each) => SIGNATURES.has(each)), 'algorithm');
	require(algorithms('DigestMethod').every((each) => DIGESTS.has(each)), 'algorithm');
	require(algorithms('CanonicalizationMethod').every((each) => each === EXCLUSIVE), 'algorithm');
	require(algorithms('Transform').every((each) => TRANSFORMS.has(each)), 'algorithm');
	require(named(response, 'Object').length === 0, 'signatures');
}

/** A signature signs the element that it stands in. */
function checkReference(element: Element): void {
	const signature = onlyChild(element, SIGNATURE, 'Signature');
	const info = onlyChild(signature, SIGNATURE, 'SignedInfo');
	const reference = onlyChild(info, SIGNATURE, 'Reference');
	const id = attributeOf(element, 'ID');
	require(id !== null && id !== '' && attributeOf(reference, 'URI') === `#${id}`, 'reference');
}

function require(holds: boolean, fault: string): asserts holds {
	if (!holds) throw new SsoRefused('answer', fault);
}
