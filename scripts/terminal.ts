// What the scripts say in a terminal, and how they end.
import { isStartError } from '../src/lib/server/db/start-error.ts';

/** Prints `what`, runs `work`, prints how long it took. */
export async function timed<T>(what: string, work: () => T | Promise<T>): Promise<T> {
	process.stdout.write(`${what} … `);
	const from = performance.now();
	try {
		const result = await work();
		console.log(`${((performance.now() - from) / 1000).toFixed(1)} s`);
		return result;
	} catch (error) {
		console.log('failed');
		throw error;
	}
}

/** Ends the process: an expected failure as its sentence, a bug with its stack. */
export function explain(error: unknown): never {
	if (isStartError(error)) console.error(`\n${error.message}`);
	else console.error(error);
	process.exit(1);
}

// npm passes Ctrl-C on although the terminal sent it to everybody: what comes within this time is the same press.
const ECHO_MS = 1500;

/**
 * Hears Ctrl-C from here on, and settles at the first one. To be called before anything starts that must not be cut off in the
 * middle, such as a hand-over. A second Ctrl-C ends at once.
 */
export function hearSignals(): Promise<void> {
	let firstAt = 0;
	return new Promise((resolve) => {
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
			process.on(signal, () => {
				if (firstAt && performance.now() - firstAt > ECHO_MS) process.exit(1);
				firstAt ||= performance.now();
				resolve();
			});
	});
}

/** Waits until it is `asked` to end (or for a lost database), then runs `stop` once. */
export async function stopWhen(
	asked: Promise<void>,
	stop: () => Promise<void>,
	databaseEnded: Promise<void>
): Promise<void> {
	const why = await Promise.race([
		asked.then(() => 'signal' as const),
		databaseEnded.then(() => 'database' as const)
	]);
	if (why === 'database')
		console.error('\nPostgreSQL ended by itself; stopping. Its log is .data/postgres.log.');
	else console.log('\nStopping …');
	await stop();
	console.log('Stopped.');
	process.exit(why === 'database' ? 1 : 0);
}
