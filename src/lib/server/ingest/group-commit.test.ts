import { expect, test } from 'vitest';
import { GroupCommit } from './group-commit.ts';

function recording(
	run: (items: number[]) => Promise<number[]> = async (items) => items.map((item) => item * 2)
) {
	const batches: number[][] = [];
	const commits = new GroupCommit<number, number>({
		run(items) {
			batches.push(items);
			return run(items);
		},
		weigh: (item) => item,
		limit: 10,
		gatherMs: 1
	});
	return { commits, batches };
}

test('what comes together is one batch, and each gets its own answer', async () => {
	const { commits, batches } = recording();
	expect(await Promise.all([1, 2, 3].map((item) => commits.submit(item)))).toEqual([2, 4, 6]);
	expect(batches).toEqual([[1, 2, 3]]);
});

test('a batch stops before the limit, but a single item may pass it', async () => {
	const { commits, batches } = recording();
	await Promise.all([6, 4, 1, 25, 2].map((item) => commits.submit(item)));
	expect(batches).toEqual([[6, 4], [1], [25], [2]]);
});

test('what comes during a batch is the next one: batches never overlap', async () => {
	let running = 0;
	const { commits, batches } = recording(async (items) => {
		expect(++running).toBe(1);
		if (batches.length === 1) later.push(commits.submit(2), commits.submit(3));
		await Promise.resolve();
		running--;
		return items;
	});
	const later: Promise<number>[] = [];
	await commits.submit(1);
	expect(await Promise.all(later)).toEqual([2, 3]);
	expect(batches).toEqual([[1], [2, 3]]);
});

test('a batch that fails tells everybody in it, and the next one runs', async () => {
	const { commits } = recording(async (items) => {
		if (items.includes(1)) throw new Error('no');
		return items;
	});
	const failed = await Promise.allSettled([commits.submit(1), commits.submit(2)]);
	expect(failed.map((result) => result.status)).toEqual(['rejected', 'rejected']);
	expect(await commits.submit(3)).toBe(3);
});

test('settle waits for all that was submitted', async () => {
	const { commits, batches } = recording();
	void commits.submit(1);
	await commits.settle();
	expect(batches).toEqual([[1]]);
});
