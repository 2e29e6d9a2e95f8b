/** Which requests must go elsewhere before a page is loaded. */
import type { Stage } from '../auth/session.ts';

export interface Visit {
	/** SvelteKit's route, null for an address that has none. */
	routeId: string | null;
	method: string;
	pathname: string;
	search: string;
	host: string | null;
	/** How far the visitor's sign-in is; null without one. */
	stage: Stage | null;
	/** Where Stepwell says it is. */
	publicUrl: string;
}

/**
 * The address to go to instead, or null to go on. Only routes of `(public)` open without a session: what is new is closed
 * until somebody puts it there.
 */
export function elsewhere(visit: Visit): { status: 303 | 307; location: string } | null {
	const path = visit.pathname + visit.search;
	const reads = visit.method === 'GET';
	if (reads && isOtherLoopbackName(visit.host, visit.publicUrl))
		return { status: 307, location: visit.publicUrl + path };
	if (visit.stage === 'open' || visit.routeId?.startsWith('/(public)/')) return null;
	const place = placeOf[visit.stage ?? 'none'];
	const returns = reads && visit.pathname !== '/';
	return { status: 303, location: returns ? `${place}?returnTo=${encodeURIComponent(path)}` : place };
}

const placeOf = { none: '/sign-in', 'second-factor': '/sign-in/second-factor', enrol: '/sign-in/protect' };

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** 127.0.0.1 for a product that calls itself localhost: cookies and the origin check know one name only. */
function isOtherLoopbackName(host: string | null, publicUrl: string): boolean {
	const ours = new URL(publicUrl);
	if (!host || host === ours.host || !LOOPBACK.test(host) || !LOOPBACK.test(ours.host)) return false;
	return URL.parse(`http://${host}`)?.port === ours.port;
}
