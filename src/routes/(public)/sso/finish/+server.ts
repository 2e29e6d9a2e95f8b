import { getApp } from '$lib/server/app.ts';
import { returnFromSaml } from '$lib/server/auth/sso/saml.ts';
import { comeBackFromSso } from '$lib/server/http/sso-visit.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = (event) =>
	comeBackFromSso(event, (cookie) =>
		returnFromSaml(getApp(), event.url.searchParams.get('ticket') ?? '', cookie)
	);
