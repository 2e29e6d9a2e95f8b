/**
 * Work that a request sets going and does not wait for: a mail server's pace, or what an answer's delay would tell. It is done at
 * most once; what must not be lost is a row, not this.
 */
import type { App } from './app.ts';
import { reportFailure } from './http/report-failure.ts';

const runningByApp = new WeakMap<App, Set<Promise<void>>>();

/** Does `work` once the request that is at hand has gone on; a failure is logged as one of `place`. */
export function afterAnswer(app: App, place: string, work: () => Promise<void>): void {
	const running = runningByApp.get(app) ?? new Set();
	runningByApp.set(app, running);
	const done: Promise<void> = new Promise((resolve) => setImmediate(resolve))
		.then(work)
		.catch((error: unknown) => void reportFailure(app, error, place))
		.finally(() => running.delete(done));
	running.add(done);
}

/** Settles when all such work of `app` is done. */
export async function afterAnswers(app: App): Promise<void> {
	await Promise.all(runningByApp.get(app) ?? []);
}
