/** `/api`: answered before SvelteKit, whose origin check would refuse programs. */
import { getApp } from '../app.ts';
import { randomSigns } from '../auth/secret-token.ts';
import { clientAddress } from './client-address.ts';
import type { MachineRoute } from './node-bridge.ts';
import { answerRest, REST_PATH } from './rest.ts';
import { answerTrpc, TRPC_PATH } from './trpc-route.ts';

/** Every answer has a `Request-Id`; the audit log has the same for what the call did. */
export const apiRoutes: MachineRoute = async (request, meta) => {
	const { pathname } = new URL(request.url);
	if (!pathname.startsWith('/api/')) return null;
	const app = getApp();
	const call = { ip: clientAddress(meta.ip, request.headers), requestId: randomSigns(16) };
	const answered = pathname.startsWith(`${TRPC_PATH}/`)
		? await answerTrpc(app, request, call)
		: await answerRest(app, request, pathname.startsWith(REST_PATH) ? pathname.slice(REST_PATH.length) : '');
	const response = new Response(answered.body, answered);
	response.headers.set('cache-control', 'no-store');
	response.headers.set('request-id', call.requestId);
	return response;
};
