/** Whether a message may be sent (§5, the gate). Everything that says no has a public name, which reports count by. */
import type { ConfigOf, FrequencyCap, SendConfig } from './document.ts';
import { subtractDuration } from './duration.ts';
import { coversTopic, isConsentHeld } from './where/evaluate.ts';
import type { ConsentFact, Reach, SuppressionFact } from './world.ts';

export type BlockReason =
	| 'no-address'
	| 'suppressed'
	| 'unsubscribed'
	| 'no-authorization'
	| 'authorization-expired'
	| 'authorization-revoked'
	| 'no-baa'
	| 'quiet-hours'
	| 'frequency-cap'
	| 'tls-unavailable'
	| 'gate-error';

/** What the gate asks about a message. */
export interface GateSend {
	purpose: SendConfig['purpose'];
	remuneration?: SendConfig['remuneration'];
	costRelated?: boolean;
	topic?: string | null;
	ignoreCap?: boolean;
	security?: ConfigOf<'send.email'>['security'];
	sponsor?: string;
	/** What it goes by; without one, email. */
	channel?: 'email' | 'text';
	/** Whether the message holds health information. */
	hasPhi?: boolean;
}

/** What the gate knows about the contact, the caps and the transport. */
export interface GateFacts {
	reach: Reach;
	suppressions: SuppressionFact[];
	consents: ConsentFact[];
	/** When marketing messages went to the contact, of every journey. */
	marketingSentAt: number[];
	/** The journey's and the workspace's. */
	caps?: (FrequencyCap | undefined)[];
	/** The contact's zone, in which a cap's days are counted. */
	zone?: string;
	/** Whether quiet hours hold that drop a message; held ones never come to the gate as a reason. */
	dropsForQuiet?: boolean;
	/** False: no agreement covers the transport. */
	baa?: boolean;
	/** False: the recipient's server offers no verified encryption. */
	tls?: boolean;
}

/** Whether a message is marketing in the law's sense, and the rule that says so in plain words. */
export function classify(config: Pick<SendConfig, 'purpose' | 'remuneration' | 'costRelated'>): {
	marketing: boolean;
	rule: string;
} {
	const { purpose, remuneration, costRelated } = config;
	if (purpose === 'marketing') {
		return { marketing: true, rule: 'Marketing: only to people who authorized it. 45 CFR 164.508(a)(3).' };
	}
	if (remuneration !== 'financial') {
		const what = purpose === 'treatment' ? 'treatment' : 'health care operations';
		return { marketing: false, rule: `No authorization needed. 45 CFR 164.501, ${what}.` };
	}
	if (costRelated) {
		return {
			marketing: false,
			rule: 'No authorization needed: a refill reminder paid for at cost. 45 CFR 164.501, marketing (2)(i).'
		};
	}
	const rule =
		'Marketing, because somebody pays for it: only to people who authorized it. 45 CFR 164.501 and 164.508(a)(3).';
	return { marketing: true, rule };
}

/** The first check that says no, or null. An error inside says no too: in doubt nothing is sent. */
export function gate(send: GateSend, facts: GateFacts, now: number): BlockReason | null {
	try {
		return check(send, facts, now);
	} catch {
		return 'gate-error';
	}
}

function check(send: GateSend, facts: GateFacts, now: number): BlockReason | null {
	const { marketing } = classify(send);
	const channel = send.channel ?? 'email';
	if (!facts.reach[channel]) return 'no-address';
	if (facts.suppressions.some((each) => isSuppressing(each, marketing, channel))) return 'suppressed';
	if (marketing && facts.suppressions.some((each) => isUnsubscribed(each, send.topic))) return 'unsubscribed';
	const authorization = marketing ? authorizationFault(facts.consents, send, now) : null;
	if (authorization) return authorization;
	if (send.hasPhi && facts.baa === false) return 'no-baa';
	if (facts.dropsForQuiet) return 'quiet-hours';
	if (marketing && !send.ignoreCap && isOverCap(facts, now)) return 'frequency-cap';
	return send.security === 'tls' && facts.tls === false ? 'tls-unavailable' : null;
}

/** A hard bounce stops everything to that address; a complaint stops marketing by any channel; a no by hand may be to one alone. */
function isSuppressing(suppression: SuppressionFact, marketing: boolean, channel: 'email' | 'text'): boolean {
	const { reason, scope } = suppression;
	if (reason === 'bounced') return (suppression.channel ?? 'email') === channel;
	if (reason === 'complained') return marketing;
	if (suppression.channel !== undefined && suppression.channel !== channel) return false;
	return reason === 'manual' && (marketing || scope === 'all');
}

function isUnsubscribed({ reason, topic }: SuppressionFact, sent: string | null | undefined): boolean {
	return reason === 'unsubscribed' && (topic === undefined || topic === null || topic === sent);
}

function authorizationFault(
	consents: ConsentFact[],
	{ topic, sponsor }: Pick<GateSend, 'topic' | 'sponsor'>,
	now: number
): BlockReason | null {
	let latest: ConsentFact | null = null;
	for (const consent of consents) {
		if (consent.kind !== 'marketing' || consent.grantedAt > now) continue;
		if (!coversTopic(consent, topic) || !coversSponsor(consent, sponsor)) continue;
		if (isConsentHeld(consent, now)) return null;
		if (!latest || consent.grantedAt >= latest.grantedAt) latest = consent;
	}
	if (!latest) return 'no-authorization';
	return latest.revokedAt !== null && latest.revokedAt <= now
		? 'authorization-revoked'
		: 'authorization-expired';
}

/** An authorization that names no sponsor covers no sponsored message. */
function coversSponsor(consent: ConsentFact, sponsor: string | undefined): boolean {
	return sponsor === undefined || consent.sponsor === sponsor;
}

function isOverCap({ caps = [], marketingSentAt, zone = 'UTC' }: GateFacts, now: number): boolean {
	return caps.some((cap) => {
		if (!cap || marketingSentAt.length < cap.messages) return false;
		const since = subtractDuration(now, cap.per, zone);
		// One sent after this moment counts too: a worker lives moments a little late, and the other message is gone already.
		return marketingSentAt.filter((at) => at > since).length >= cap.messages;
	});
}
