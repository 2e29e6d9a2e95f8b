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

const PROMPT_MS = 60_000;

/**
 * When something due counts as done, in ms. What a prompt worker does is done at the due instant, so that two waits of a
 * day end at the same time of day; after a stop of more than a minute the true time counts, and the waits behind it start
 * from there.
 */
export function momentOf(dueAt: number, now: number, promptMs = PROMPT_MS): number {
	return now - dueAt < promptMs ? dueAt : now;
}
