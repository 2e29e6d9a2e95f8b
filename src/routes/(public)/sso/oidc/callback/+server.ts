import { getApp } from '$lib/server/app.ts';
import { returnFromOidc } from '$lib/server/auth/sso/oidc.ts';
import { comeBackFromSso } from '$lib/server/http/sso-visit.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = (event) =>
	comeBackFromSso(event, (cookie) => returnFromOidc(getApp(), event.url.search, cookie));
