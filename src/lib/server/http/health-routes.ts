/** `/healthz`, `/readyz` and `/metrics`: for whoever runs Stepwell, and their machines. */
import { timingSafeEqual, createHash } from 'node:crypto';
import { getApp, type App } from '../app.ts';
import { isSchemaCurrent } from '../db/migrate.ts';
import { gatherMetrics } from '../operations/metrics.ts';
import { metricsText } from '../operations/metrics-text.ts';
import type { MachineRoute } from './node-bridge.ts';

export const healthRoutes: MachineRoute = async (request, { ip }) => {
	const { pathname } = new URL(request.url);
	switch (pathname) {
		case '/healthz':
			return say(200, 'ok');
		case '/readyz':
			return answerReady(getApp());
		case '/metrics':
			return mayMeasure(request, ip) ? answerMetrics(getApp()) : say(404, 'Not found');
		default:
			return null;
	}
};

function say(status: number, text: string): Response {
	return new Response(`${text}\n`, {
		status,
		headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }
	});
}

async function answerReady(app: App): Promise<Response> {
	if (app.process?.isDraining) return say(503, 'draining');
	try {
		return (await isSchemaCurrent(app.pool, app.migrations)) ? say(200, 'ready') : say(503, 'schema');
	} catch {
		return say(503, 'database'); // Whatever it is, whoever asks has to know only that it is not ready.
	}
}

async function answerMetrics(app: App): Promise<Response> {
	return new Response(metricsText(await gatherMetrics(app)), {
		headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' }
	});
}

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/** With the token of STEPWELL_METRICS_TOKEN; without one set, from this very machine and not through a proxy on it. */
export function mayMeasure(
	request: Request,
	ip: string,
	token = process.env.STEPWELL_METRICS_TOKEN
): boolean {
	if (token) return isSame(request.headers.get('authorization') ?? '', `Bearer ${token}`);
	return LOOPBACK.has(ip) && !FORWARDED.some((name) => request.headers.has(name));
}

// Hashed, so that even the length of what was tried tells nothing.
function isSame(given: string, wanted: string): boolean {
	const digest = (text: string) => createHash('sha256').update(text).digest();
	return timingSafeEqual(digest(given), digest(wanted));
}
