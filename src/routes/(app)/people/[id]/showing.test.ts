import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Showing, type Reason } from './showing.svelte.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const reason: Reason = { code: 'support', words: 'She called' };
const shown = [{ key: 'dx', label: 'Diagnosis', value: 'J45' }];
const MINUTE = 60_000;

function showing(): { asked: (number | undefined)[]; page: Showing } {
	const asked: (number | undefined)[] = [];
	const page = new Showing((event) => {
		asked.push(event);
		return Promise.resolve(shown);
	});
	return { asked, page };
}

test('nothing is fetched before there is a reason', async () => {
	const { asked, page } = showing();
	await page.show(reason);
	page.ask();
	expect([asked, page.attributes]).toEqual([[], null]);
	await page.show(reason);
	expect([asked, page.attributes]).toEqual([[undefined], shown]);
});

test('what is shown is covered after five minutes, each thing by itself', async () => {
	const { page } = showing();
	page.ask();
	await page.show(reason);
	vi.advanceTimersByTime(3 * MINUTE);
	page.ask(7);
	await page.show(reason);
	vi.advanceTimersByTime(2 * MINUTE);
	expect([page.attributes, Object.keys(page.events)]).toEqual([null, ['7']]);
	vi.advanceTimersByTime(3 * MINUTE);
	expect(page.events).toEqual({});
});

test('asking again begins the five minutes anew', async () => {
	const { page } = showing();
	for (let n = 0; n < 2; n++) {
		page.ask();
		await page.show(reason);
		vi.advanceTimersByTime(4 * MINUTE);
	}
	expect(page.attributes).toEqual(shown);
});

test('leaving covers everything at once', async () => {
	const { page } = showing();
	for (const event of [undefined, 7, 8]) {
		page.ask(event);
		await page.show(reason);
	}
	page.coverAll();
	expect([page.attributes, page.events]).toEqual([null, {}]);
});
