/** The re-entry rule (§5.1), for every door: an event's, a time's, another journey's. */
import type { Settings } from './document.ts';
import { addDuration } from './duration.ts';
import type { Refusal } from './enrollment.ts';
import type { Door, Past } from './world.ts';

/** Why the rule does not let a contact in now, or null. A trigger with a key of its own does not ask it. */
export function reentryFault(
	rule: Settings['reentry'],
	past: Past,
	zone: string,
	now: number
): Extract<Refusal, 'reentry'> | null {
	switch (rule?.when ?? 'never') {
		case 'always':
			return null;
		case 'never':
			return past.entries > 0 ? 'reentry' : null;
		case 'afterExit': {
			if (past.active > 0) return 'reentry';
			if (past.lastExitAt === null || !rule?.wait) return null;
			return addDuration(past.lastExitAt, rule.wait, zone) <= now ? null : 'reentry';
		}
	}
}

/**
 * A door once it let one more in. Who enters as soon as this run is over is as good as in; whom a limit defers the rule
 * does not see before the entry, and asks then (§3).
 */
export function withOneMore(door: Door): Door {
	const { past, free } = door;
	if (free === 0) return door;
	const more = { ...past, entries: past.entries + 1, active: past.active + 1 };
	return { ...door, past: more, ...(free === undefined ? {} : { free: free - 1 }) };
}

/** Why a step of another journey can't put a contact in, or null. `lineage` is the causing enrollment's (§6). */
export function doorFault(
	door: Door | undefined,
	journey: string,
	lineage: readonly string[],
	now: number
): Refusal | null {
	// What nobody published any more is as good as archived.
	if (!door || door.state === 'archived') return 'archived';
	if (door.state === 'paused') return 'paused';
	if (lineage.includes(journey)) return 'loop';
	return reentryFault(door.reentry, door.past, door.zone, now);
}
