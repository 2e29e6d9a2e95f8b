import { leaveForSso } from '$lib/server/http/sso-visit.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = (event) => leaveForSso(event, 'oidc');
