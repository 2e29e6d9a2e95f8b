import { expect, test } from 'vitest';
import { EVERY_MS, Watch } from './watch.svelte.ts';

/** A watch over `answers`, one a reading; `turn` lets the time come that it waits for. */
function watching(answers: (string | Error | Promise<string>)[]) {
	let waiting: (() => void) | null = null;
	let visible = true;
	let readings = 0;
	const watch = new Watch<string>({
		first: 'loaded',
		read: () => {
			const answer = answers[readings++] ?? 'more';
			return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
		},
		isVisible: () => visible,
		later: (work, ms) => {
			expect(ms).toBe(EVERY_MS);
			waiting = work;
			return () => (waiting = null);
		},
		tell: (error) => (error as Error).message,
		isOver: (error) => (error as Error).message === 'signed out'
	});
	return {
		watch,
		isWaiting: () => waiting !== null,
		readings: () => readings,
		see(now: boolean) {
			visible = now;
			watch.seen();
		},
		async turn() {
			const work = waiting;
			waiting = null;
			work?.();
			await Promise.resolve();
			await new Promise(setImmediate);
		}
	};
}

test('it reads turn by turn, and not at once: what came with the page is new', async () => {
	const { watch, turn, readings } = watching(['one', 'two']);
	watch.start();
	expect([watch.figures, readings()]).toEqual(['loaded', 0]);
	await turn();
	expect(watch.figures).toBe('one');
	await turn();
	expect(watch.figures).toBe('two');
});

test('a reading that fails leaves what is shown, says why, and is tried again', async () => {
	const { watch, turn } = watching(['one', new Error('away'), 'two']);
	watch.start();
	await turn();
	await turn();
	expect([watch.figures, watch.trouble]).toEqual(['one', 'away']);
	await turn();
	expect([watch.figures, watch.trouble]).toEqual(['two', null]);
});

test('nothing is asked while nobody sees it; seen again, it reads at once', async () => {
	const { watch, see, turn, isWaiting, readings } = watching(['one', 'two']);
	watch.start();
	see(false);
	expect(isWaiting()).toBe(false);
	await turn();
	expect(readings()).toBe(0);
	see(true);
	await turn();
	expect(watch.figures).toBe('one');
	expect(isWaiting()).toBe(true);
});

test('hidden during a reading, it does not go on by itself', async () => {
	const answer = Promise.withResolvers<string>();
	const { watch, see, turn, isWaiting } = watching([answer.promise]);
	watch.start();
	await turn();
	see(false);
	answer.resolve('late');
	await turn();
	expect([watch.figures, isWaiting()]).toEqual(['late', false]);
});

test('once nobody is signed in, it asks no more', async () => {
	const { watch, turn, see, isWaiting, readings } = watching([new Error('signed out')]);
	watch.start();
	await turn();
	expect([watch.isOver, watch.trouble, isWaiting()]).toEqual([true, 'signed out', false]);
	see(true);
	expect(readings()).toBe(1);
});

test('a slow answer is not shown over a later one', async () => {
	const slow = Promise.withResolvers<string>();
	const { watch, turn } = watching([slow.promise, 'asked for']);
	watch.start();
	await turn();
	await watch.read();
	slow.resolve('slow');
	await turn();
	expect(watch.figures).not.toBe('slow');
});

test('stopped, it shows nothing more and asks nothing more', async () => {
	const answer = Promise.withResolvers<string>();
	const { watch, turn, isWaiting } = watching([answer.promise]);
	watch.start();
	await turn();
	watch.stop();
	answer.resolve('late');
	await turn();
	expect([watch.figures, isWaiting()]).toEqual(['loaded', false]);
});
