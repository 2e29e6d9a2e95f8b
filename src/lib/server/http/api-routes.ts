/** `/api`: answered before SvelteKit, whose origin check would refuse programs. */
import { getApp } from '../app.ts';
import type { MachineRoute } from './node-bridge.ts';
import { answerRest, REST_PATH } from './rest.ts';
import { addSecurityHeaders } from './security-headers.ts';
import { answerTrpc, TRPC_PATH } from './trpc-route.ts';

export const apiRoutes: MachineRoute = async (request) => {
	const { pathname } = new URL(request.url);
	if (!pathname.startsWith('/api/')) return null;
	const app = getApp();
	const answered = pathname.startsWith(`${TRPC_PATH}/`)
		? await answerTrpc(app, request)
		: await answerRest(app, request, pathname.startsWith(REST_PATH) ? pathname.slice(REST_PATH.length) : '');
	const response = new Response(answered.body, answered);
	addSecurityHeaders(response.headers, app.publicUrl);
	response.headers.set('cache-control', 'no-store');
	return response;
};
