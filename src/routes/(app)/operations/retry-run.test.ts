import { expect, test } from 'vitest';
import { asideWords, RetryRun } from './retry-run.svelte.ts';

const tell = (error: unknown) => (error as Error).message;
const all = { journey: 'care' };

test('it goes on hundred by hundred until nobody is left, and sums up', async () => {
	const asked: number[] = [];
	const run = new RetryRun(async ({ after }) => {
		asked.push(after);
		return after === 0
			? { retried: 97, refused: [{ count: 3, why: 'were looked after already' }], next: 400 }
			: { retried: 20, refused: [{ count: 1, why: 'were looked after already' }], next: null };
	}, tell);
	await run.run(all);
	expect(asked).toEqual([0, 400]);
	expect([run.done, run.isDone, run.isRunning, run.isCut]).toEqual([121, true, false, false]);
	expect(run.outcome).toBe('117 people go on; 4 were looked after already.');
});

test('of what was set aside it says so', async () => {
	const run = new RetryRun<{ reason: string }>(
		async () => ({ retried: 2, refused: [{ count: 1, why: 'no longer kept' }], next: null }),
		tell,
		asideWords
	);
	await run.run({ reason: 'internal' });
	expect(run.outcome).toBe('2 are tried again; 1 no longer kept.');
});

test('cut, it ends after the hundred that is under way', async () => {
	const run: RetryRun = new RetryRun(async ({ after }) => {
		run.cut();
		return { retried: 100, refused: [], next: after + 100 };
	}, tell);
	await run.run(all);
	expect([run.retried, run.isCut]).toEqual([100, true]);
});

test('cut during the last hundred, nothing was cut off', async () => {
	const run: RetryRun = new RetryRun(async () => {
		run.cut();
		return { retried: 1, refused: [], next: null };
	}, tell);
	await run.run(all);
	expect(run.isCut).toBe(false);
	expect(run.outcome).toBe('1 person goes on.');
});

test('a call that fails ends it; what was done before counts', async () => {
	const run = new RetryRun(async ({ after }) => {
		if (after > 0) throw new Error('away');
		return { retried: 0, refused: [{ count: 100, why: 'were looked after already' }], next: 100 };
	}, tell);
	await run.run(all);
	expect([run.failure, run.outcome]).toEqual(['away', 'Nobody goes on; 100 were looked after already.']);
});
