/**
 * What this process counts about itself since it started, for `/metrics`. Nothing here says anything about a person.
 *
 * Kept on `globalThis` as the app is: the product is two bundles in one process.
 */

/** Upper bounds of a batch's time, in seconds. */
const BATCH_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

export interface Meters {
	/** How many batches took at most the bound of the same place, and any time at all. */
	batches: { bounds: readonly number[]; counts: number[]; sumS: number; count: number };
	enrollmentsMoved: number;
	enrollmentsFailed: number;
	steps: number;
	eventsAccepted: number;
	eventsRefused: number;
	handOvers: Record<'sent' | 'deferred' | 'failed' | 'unknown', number>;
}

const slot = Symbol.for('stepwell.meters');
type Holder = { [slot]?: Meters };

/** The meters of this process. */
export function meters(): Meters {
	return ((globalThis as Holder)[slot] ??= {
		batches: { bounds: BATCH_BOUNDS, counts: BATCH_BOUNDS.map(() => 0), sumS: 0, count: 0 },
		enrollmentsMoved: 0,
		enrollmentsFailed: 0,
		steps: 0,
		eventsAccepted: 0,
		eventsRefused: 0,
		handOvers: { sent: 0, deferred: 0, failed: 0, unknown: 0 }
	});
}

/** Notes one batch that moved somebody. */
export function meterBatch(
	tookMs: number,
	moved: { claimed: number; steps: number; failed: number },
	into = meters()
): void {
	into.enrollmentsMoved += moved.claimed;
	into.enrollmentsFailed += moved.failed;
	into.steps += moved.steps;
	if (!moved.claimed) return;
	const seconds = tookMs / 1000;
	into.batches.sumS += seconds;
	into.batches.count++;
	into.batches.bounds.forEach((bound, at) => {
		if (seconds <= bound) into.batches.counts[at] = (into.batches.counts[at] ?? 0) + 1;
	});
}
