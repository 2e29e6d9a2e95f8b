/**
 * `POST /sso/saml/acs`: where a SAML provider has the browser post its answer. Before SvelteKit, whose origin check would refuse
 * a form of another site. No cookie comes along with such a post and none is read; who began the sign-in shows at `/sso/finish`.
 */
import { getApp, type App } from '../app.ts';
import { randomSigns } from '../auth/secret-token.ts';
import { refusedPlace, SsoRefused } from '../auth/sso/refusal.ts';
import { SAML_ACS, takeAnswer } from '../auth/sso/saml.ts';
import { noteRefusal } from '../auth/sso/sign-in-by-sso.ts';
import { clientAddress } from './client-address.ts';
import type { MachineRoute } from './node-bridge.ts';

/** The largest answer that is taken (bytes). One with 2,000 groups has about 150,000. */
export const ANSWER_LIMIT = 256 * 1024;

export const ssoRoutes: MachineRoute = async (request, meta) => {
	if (request.method !== 'POST' || new URL(request.url).pathname !== SAML_ACS) return null;
	const app = getApp();
	const call = { ip: clientAddress(meta.ip, request.headers), requestId: randomSigns(16) };
	const response = await answer(app, request, call);
	response.headers.set('cache-control', 'no-store');
	response.headers.set('request-id', call.requestId);
	return response;
};

async function answer(
	app: App,
	request: Request,
	call: { ip: string | null; requestId: string }
): Promise<Response> {
	const body = await readForm(request);
	if (body === null) return plain(413, 'The answer is too large.');
	const encoded = body.get('SAMLResponse');
	if (!encoded) return plain(400, 'This takes the answers of SAML providers.');
	try {
		const { connection, ticket } = await takeAnswer(app, encoded);
		const good = await noteRefusal(app, connection, call, ticket);
		return goTo(`/sso/finish?${new URLSearchParams({ ticket: good })}`);
	} catch (error) {
		if (error instanceof SsoRefused) return goTo(refusedPlace(error));
		throw error;
	}
}

/** The form's fields; null for too many bytes. What is no form has no fields. */
async function readForm(request: Request): Promise<URLSearchParams | null> {
	const type = request.headers.get('content-type') ?? '';
	if (!type.startsWith('application/x-www-form-urlencoded')) return new URLSearchParams();
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of request.body ?? []) {
		size += chunk.length;
		if (size > ANSWER_LIMIT) return null;
		chunks.push(chunk);
	}
	return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

function goTo(location: string): Response {
	return new Response(null, { status: 303, headers: { location } });
}

function plain(status: number, text: string): Response {
	return new Response(`${text}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}
