/** SAML metadata: ours for the provider, and what of the provider's is needed here. */
import { generateServiceProviderMetadata } from '@node-saml/node-saml';
import type { App } from '../../app.ts';
import { ApiError } from '../../api/errors.ts';
import { entityIdOf, SAML_ACS } from './saml.ts';
import {
	attributeOf,
	childrenOf,
	METADATA,
	named,
	onlyChild,
	parseXml,
	SIGNATURE,
	textOf
} from './saml-xml.ts';

const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';

/** What an administrator gives to the provider, as XML. */
export function ownMetadata(app: Pick<App, 'publicUrl'>, connection: number): string {
	return generateServiceProviderMetadata({
		issuer: entityIdOf(app, connection),
		callbackUrl: app.publicUrl + SAML_ACS,
		identifierFormat: null,
		wantAssertionsSigned: true
	});
}

export interface ProviderMetadata {
	entityId: string;
	entryPoint: string;
	/** As the file has them: base64. */
	certificates: string[];
}

/** What the provider's metadata says. It is pasted by an administrator, who vouches for it. Throws ApiError `input.invalid`. */
export async function readMetadata(xml: string): Promise<ProviderMetadata> {
	const root = await parseXml(xml.trim()).catch(() => null);
	const isEntity = root?.localName === 'EntityDescriptor' && root.namespaceURI === METADATA;
	const provider = isEntity ? onlyChild(root, METADATA, 'IDPSSODescriptor') : undefined;
	const entityId = isEntity ? (attributeOf(root, 'entityID') ?? '') : '';
	const service =
		provider &&
		childrenOf(provider, METADATA, 'SingleSignOnService').find(
			(each) => attributeOf(each, 'Binding') === REDIRECT
		);
	const entryPoint = attributeOf(service, 'Location') ?? '';
	const certificates = provider ? signingCertificates(provider) : [];
	if (!entityId || !entryPoint || certificates.length === 0)
		throw new ApiError(
			'input.invalid',
			'This is not the metadata of an identity provider with a redirect address and a signing certificate.',
			{ path: '/xml' }
		);
	return { entityId, entryPoint, certificates };
}

function signingCertificates(provider: Element): string[] {
	const keys = childrenOf(provider, METADATA, 'KeyDescriptor').filter(
		(each) => attributeOf(each, 'use') !== 'encryption'
	);
	const texts = keys.flatMap((key) => named(key, 'X509Certificate'));
	return [
		...new Set(
			texts.filter((each) => each.namespaceURI === SIGNATURE).map((each) => textOf(each).replace(/\s/g, ''))
		)
	];
}
