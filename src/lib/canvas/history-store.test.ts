import { describe, expect, test } from 'vitest';
import { drawing } from './fixture.ts';
import { emptyHistory, remember } from './history.ts';
import { isSame, keepHistory, readHistory, type KeyValueStore } from './history-store.ts';

function memoryStore(limit = Infinity): KeyValueStore {
	const values = new Map<string, string>();
	return {
		getItem: (key) => values.get(key) ?? null,
		setItem: (key, value) => {
			if (value.length > limit) throw new DOMException('full', 'QuotaExceededError');
			values.set(key, value);
		},
		removeItem: (key) => void values.delete(key)
	};
}

const before = drawing(['call'], []);
const present = drawing(['call', 'wait'], ['call:next>wait']);
const history = remember(emptyHistory, before, 0);

describe('undo over a reload', () => {
	test('is there again for the same draft, whatever the order of its keys', () => {
		const store = memoryStore();
		keepHistory(store, 'recall', present, history);
		const { name, format, settings, steps, edges } = present;
		const reloaded = { edges, steps, settings, format, name };
		expect(readHistory(store, 'recall', reloaded).past).toEqual([before]);
	});

	test('is not taken up for a draft that somebody changed', () => {
		const store = memoryStore();
		keepHistory(store, 'recall', present, history);
		expect(readHistory(store, 'recall', { ...present, name: 'Other' })).toBe(emptyHistory);
		expect(readHistory(store, 'another', present)).toBe(emptyHistory);
	});

	test('is forgotten, and nothing breaks, when the storage is full or holds rubbish', () => {
		const full = memoryStore(10);
		keepHistory(full, 'recall', present, history);
		expect(readHistory(full, 'recall', present)).toBe(emptyHistory);
		const rubbish = memoryStore();
		rubbish.setItem('stepwell.undo.recall', '{"past": 7');
		expect(readHistory(rubbish, 'recall', present)).toBe(emptyHistory);
	});
});

test.each([
	[{ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }, true],
	[{ a: 1, b: undefined }, { a: 1 }, true],
	[{ a: 1 }, { a: 1, b: 2 }, false],
	[[1, 2], [2, 1], false],
	[{ a: [] }, { a: {} }, false],
	[null, {}, false]
])('%j and %j say the same: %s', (a, b, same) => {
	expect(isSame(a, b)).toBe(same);
});
