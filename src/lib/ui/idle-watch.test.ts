import { expect, test } from 'vitest';
import { HERE_EVERY_MS, IdleWatch, WARN_MS, type Remaining } from './idle-watch.svelte.ts';

const MINUTE = 60_000;
const full: Remaining = { idleIn: 15 * MINUTE, endsIn: 12 * 60 * MINUTE };

/** A watch on a clock that is moved, and a server that answers as it is told. */
function watching(first = full) {
	let now = 0;
	let waiting: { work: () => void; at: number } | null = null;
	let answer: Remaining | Error = full;
	const calls: string[] = [];
	const say = (name: string) => () => {
		calls.push(name);
		return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
	};
	const watch = new IdleWatch({
		first,
		now: () => now,
		here: say('here'),
		ask: say('ask'),
		isSignedOut: (error) => (error as Error).message === 'signed out',
		later(work, ms) {
			waiting = { work, at: now + ms };
			return () => (waiting = null);
		}
	});
	watch.start();
	const settle = () => new Promise(setImmediate);
	return {
		watch,
		calls,
		answers: (next: Remaining | Error) => (answer = next),
		/** Lets time pass, with all timers that fall into it. */
		async pass(ms: number) {
			const end = now + ms;
			while (waiting && waiting.at <= end) {
				const { work, at } = waiting;
				waiting = null;
				now = Math.max(now, at);
				work();
				await settle();
			}
			now = end;
		},
		/** Time that passes without timers, as while a computer sleeps. */
		sleep: (ms: number) => (now += ms),
		settle
	};
}

test('nobody is warned before the last minute, and the server is asked first', async () => {
	const { watch, calls, answers, pass } = watching();
	await pass(14 * MINUTE - 1);
	expect(watch.warning).toBeNull();
	expect(calls).toEqual([]);
	answers({ ...full, idleIn: WARN_MS });
	await pass(1);
	expect(calls).toEqual(['ask']);
	expect(watch.warning).toBe(60);
	await pass(10_000);
	expect(watch.warning).toBe(50);
});

test('use in another tab, which the server knows of, puts the warning off', async () => {
	const { watch, pass } = watching();
	await pass(14 * MINUTE);
	expect(watch.warning).toBeNull();
	await pass(13 * MINUTE);
	expect(watch.isOver).toBe(false);
});

test('when the time is over all is taken away', async () => {
	const { watch, answers, pass } = watching();
	answers({ ...full, idleIn: WARN_MS });
	await pass(14 * MINUTE);
	answers(new Error('signed out'));
	await pass(MINUTE);
	expect(watch.isOver).toBe(true);
	expect(watch.warning).toBeNull();
});

test('also where the server can’t be reached', async () => {
	const { watch, answers, pass } = watching();
	answers(new Error('no network'));
	await pass(14 * MINUTE);
	expect(watch.warning).toBe(60);
	await pass(MINUTE);
	expect(watch.isOver).toBe(true);
});

test('the button puts it off, and a nudged mouse does not', async () => {
	const { watch, calls, answers, pass, settle } = watching();
	answers({ ...full, idleIn: WARN_MS });
	await pass(14 * MINUTE);
	watch.used();
	expect(watch.warning).toBe(60);
	expect(calls).toEqual(['ask']);
	answers(full);
	await watch.stay();
	await settle();
	expect(watch.warning).toBeNull();
	expect(calls).toEqual(['ask', 'here']);
});

test('who reads or draws is told to the server now and then', async () => {
	const { watch, calls, pass, settle } = watching();
	watch.used();
	expect(calls).toEqual([]);
	await pass(HERE_EVERY_MS);
	watch.used();
	watch.used();
	await settle();
	expect(calls).toEqual(['here']);
});

test('after a night’s sleep of the computer nothing is shown', async () => {
	const { watch, answers, sleep } = watching();
	sleep(9 * 60 * MINUTE);
	answers(new Error('signed out'));
	await watch.look();
	expect(watch.isOver).toBe(true);
});

test('the end of the twelve hours is told as such, and no use puts it off', async () => {
	const { watch, answers, pass } = watching({ idleIn: 15 * MINUTE, endsIn: 2 * MINUTE });
	answers({ idleIn: WARN_MS, endsIn: WARN_MS });
	await pass(MINUTE);
	expect(watch).toMatchObject({ warning: 60, isLast: true });
});

test('a page that is loaded counts as use', async () => {
	const { watch, calls, pass } = watching();
	await pass(10 * MINUTE);
	watch.loaded(full);
	await pass(10 * MINUTE);
	expect(watch.warning).toBeNull();
	expect(calls).toEqual([]);
});
