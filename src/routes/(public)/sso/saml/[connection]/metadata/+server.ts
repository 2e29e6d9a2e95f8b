import { getApp } from '$lib/server/app.ts';
import { ownMetadata } from '$lib/server/auth/sso/saml-metadata.ts';
import { error } from '@sveltejs/kit';
import type { RequestHandler } from './$types';

/** The same for every number: whether there is such a connection is told to nobody here. */
export const GET: RequestHandler = ({ params }) => {
	if (!/^[1-9]\d{0,8}$/.test(params.connection)) error(404, 'There is nothing at this address.');
	const xml = ownMetadata(getApp(), Number(params.connection));
	return new Response(xml, { headers: { 'content-type': 'application/samlmetadata+xml' } });
};
