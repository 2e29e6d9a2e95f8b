/**
 * Writing down what was done outside of the database: a mail that was handed over, a call that was answered. It can't be done
 * again, so PostgreSQL is waited for as long as nobody else may take it for left behind.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '$lib/server/app.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
/** Also where the work itself took most of a lease: the half that is kept back has room for it. */
const LEAST_MS = 10_000;
/** What a process that is to end has left for it: ten seconds later Docker kills it. */
const DRAIN_MS = 6_000;

export interface Patience {
	/** Until then nobody else takes it up, in ms since 1970. */
	until: number;
	shouldStop: () => boolean;
}

/** Does `work` until it succeeds, with growing pauses; throws its last error when the time is over. It may be done twice. */
export async function keepTrying(
	app: Pick<App, 'clock' | 'log'>,
	{ until, shouldStop }: Patience,
	work: () => Promise<void>
): Promise<void> {
	const { clock } = app;
	const pause = clock.pause?.bind(clock) ?? sleep;
	const from = clock.now();
	let paused = 0;
	let end = Math.max(until - from, LEAST_MS);
	let isEnding = false;
	for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
		try {
			return await work();
		} catch (error) {
			// A rehearsal's clock may stand still; then the pauses are what passed.
			const passed = Math.max(clock.now() - from, paused);
			if (shouldStop() && !isEnding) {
				isEnding = true;
				end = Math.min(end, passed + DRAIN_MS);
			}
			if (passed + pauseMs > end) throw error;
			app.log.warn({ code: (error as { code?: string }).code, passed }, 'not written down yet');
			await pause(pauseMs);
			paused += pauseMs;
		}
	}
}
