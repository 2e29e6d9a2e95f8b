import { expect, test } from 'vitest';
import { streamLines } from './stream-lines.ts';

async function* count(upTo: number, seen: { last: number; ended: boolean }) {
	try {
		for (let n = 1; n <= upTo; n++) {
			seen.last = n;
			yield `${n}é\n`;
		}
	} finally {
		seen.ended = true;
	}
}

test.each([0, 1, 50_000])('%i lines arrive whole and in order', async (lines) => {
	const seen = { last: 0, ended: false };
	const text = await new Response(streamLines(count(lines, seen))).text();
	expect(text).toBe(Array.from({ length: lines }, (_, index) => `${index + 1}é\n`).join(''));
});

test('who goes away stops the reading', async () => {
	const seen = { last: 0, ended: false };
	const reader = streamLines(count(1_000_000, seen)).getReader();
	expect(seen.last).toBe(0);
	await reader.read();
	await reader.cancel();
	expect(seen.ended).toBe(true);
	expect(seen.last).toBeLessThan(100_000);
});

test('a failure on the way breaks the answer off, so that half a log is not taken for a whole one', async () => {
	async function* failing() {
		yield 'one\n';
		throw new Error('the database went away');
	}
	await expect(new Response(streamLines(failing())).text()).rejects.toThrow();
});
