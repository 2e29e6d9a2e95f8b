/** What one batch decided about one enrollment. */
import type { Advance, EventFact } from '$lib/journey/index.ts';
import type { Claimed } from './claim.ts';
import type { VersionPlan } from './plans.ts';

export interface Move {
	claimed: Claimed;
	version: VersionPlan;
	/** When it happened, in ms since 1970. */
	at: number;
	result: Advance;
	/** The event that already ended the wait which this move begins. */
	happened?: EventFact;
}

/** The newest event that the enrollment has used up. */
export function lastEventOf(move: Move): number {
	return Math.max(move.claimed.lastEventId, move.claimed.wake.eventId ?? 0);
}
