/** Keeps graphile-worker going: it gives up for good when the database goes away under a job. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Runner } from 'graphile-worker';
import type { App } from '$lib/server/app.ts';

const AGAIN_MS = 500;

/** Starts what `start` starts, and starts it again whenever it ends by itself, until it is stopped. Throws where the first start does. */
export async function keepRunning(
	app: Pick<App, 'log'>,
	start: () => Promise<Runner>
): Promise<{ stop(): Promise<void> }> {
	let isStopping = false;
	let runner = await start();
	const kept = (async () => {
		for (;;) {
			// It says itself why it ended.
			await runner.promise.catch(() => {});
			if (isStopping) return;
			app.log.warn('the workers lost the database; they start again');
			runner = (await startAgain(app, start, () => isStopping)) ?? runner;
		}
	})();
	return {
		async stop() {
			isStopping = true;
			// One that ended by itself can't be stopped, and need not be.
			await runner.stop().catch(() => {});
			await kept;
		}
	};
}

async function startAgain(
	app: Pick<App, 'log'>,
	start: () => Promise<Runner>,
	isStopping: () => boolean
): Promise<Runner | null> {
	while (!isStopping()) {
		try {
			const runner = await start();
			if (isStopping()) await runner.stop();
			return runner;
		} catch (error) {
			app.log.warn(
				{ code: (error as { code?: string }).code },
				'the database does not answer the workers yet'
			);
			await sleep(AGAIN_MS);
		}
	}
	return null;
}
