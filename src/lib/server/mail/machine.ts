/**
 * Whether an open or a click was a person's. Mail programs fetch pictures ahead, and scanners click every link, so an
 * engagement is scored; from 2 points on it is a machine's. All are kept, only a person's count in rates and conditions.
 */
import { isbot } from 'isbot';

export interface EngagementSigns {
	method: string;
	userAgent: string;
	/** Milliseconds since the mail was handed over; null where that tells nothing, as with caught mail. */
	sinceHandOverMs: number | null;
	/** Different links of this mail asked for in the last 2 seconds, this one included; 0 for an open. */
	linksInBurst: number;
}

/** What speaks against a person, with its points. */
type Sign = 'head' | 'scanner' | 'at-once' | 'burst' | 'no-agent';

const MACHINE_FROM = 2;
/** Different links within this time are nobody's reading. */
export const BURST_MS = 2000;
const BURST_LINKS = 3;
const AT_ONCE_MS = 10_000;

/** `why` lists the signs, also of what is taken for a person's. */
export function judgeEngagement(signs: EngagementSigns): { machine: boolean; why: Sign[] } {
	const found: [Sign, number][] = [];
	if (signs.method === 'HEAD') found.push(['head', 2]);
	if (isScanner(signs.userAgent)) found.push(['scanner', 2]);
	if (signs.userAgent === '') found.push(['no-agent', 1]);
	if (signs.sinceHandOverMs !== null && signs.sinceHandOverMs < AT_ONCE_MS) found.push(['at-once', 1]);
	if (signs.linksInBurst >= BURST_LINKS) found.push(['burst', 2]);
	const score = found.reduce((sum, [, points]) => sum + points, 0);
	return { machine: score >= MACHINE_FROM, why: found.map(([sign]) => sign) };
}

/** Gmail and Yahoo fetch pictures through a proxy when a person opens the mail; isbot takes both for bots. */
const PERSONS_PROXY = /GoogleImageProxy|YahooMailProxy|Yahoo Mail Proxy/i;

function isScanner(userAgent: string): boolean {
	if (PERSONS_PROXY.test(userAgent)) return false;
	// Apple Mail Privacy Protection fetches every picture of every mail under exactly this name.
	return userAgent.trim() === 'Mozilla/5.0' || isbot(userAgent);
}
