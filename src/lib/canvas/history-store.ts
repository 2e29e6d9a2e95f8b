/** Undo that survives a reload: kept in the tab's own storage, and taken up only for the very draft it belongs to. */
import { z } from 'zod';
import type { DraftDocument } from './document.ts';
import { emptyHistory, type History } from './history.ts';

/** Browsers give a tab about 5 MB; the newest edits are the ones worth keeping. */
const MAX_CHARACTERS = 1_500_000;

const documentSchema = z.custom<DraftDocument>(
	(value) => typeof value === 'object' && value !== null && 'steps' in value && 'edges' in value
);
const storedSchema = z.object({
	present: documentSchema,
	past: z.array(documentSchema),
	future: z.array(documentSchema)
});

export type KeyValueStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const keyOf = (slug: string) => `stepwell.undo.${slug}`;

/** Keeps the stacks around `present`, the oldest left out where they would be too large. */
export function keepHistory(
	store: KeyValueStore,
	slug: string,
	present: DraftDocument,
	history: History
): void {
	let room = MAX_CHARACTERS - JSON.stringify(present).length;
	const fits = (document: DraftDocument) => (room -= JSON.stringify(document).length) >= 0;
	const past = [...history.past].reverse();
	const future = [...history.future];
	const kept = { present, past: takeWhile(past, fits).reverse(), future: takeWhile(future, fits) };
	try {
		store.setItem(keyOf(slug), JSON.stringify(kept));
	} catch {
		// The tab's storage is full or forbidden: undo goes on working, only a reload forgets it.
		store.removeItem(keyOf(slug));
	}
}

/** The stacks kept for this journey, empty when they belong to another draft than `present`. */
export function readHistory(store: KeyValueStore, slug: string, present: DraftDocument): History {
	const text = store.getItem(keyOf(slug));
	const stored = storedSchema.safeParse(text === null ? null : parseJson(text));
	if (!stored.success || !isSame(stored.data.present, present)) return emptyHistory;
	return { past: stored.data.past, future: stored.data.future, last: null };
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}

/** Whether two documents say the same; the order of keys does not count, since the database does not keep it. */
export function isSame(a: unknown, b: unknown): boolean {
	if (Array.isArray(a)) {
		return Array.isArray(b) && a.length === b.length && a.every((value, index) => isSame(value, b[index]));
	}
	if (!isRecord(a) || !isRecord(b)) return Object.is(a, b);
	const keys = Object.keys(a).filter((key) => a[key] !== undefined);
	const others = Object.keys(b).filter((key) => b[key] !== undefined);
	return keys.length === others.length && keys.every((key) => isSame(a[key], b[key]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function takeWhile<T>(items: readonly T[], holds: (item: T) => boolean): T[] {
	const end = items.findIndex((item) => !holds(item));
	return end === -1 ? [...items] : items.slice(0, end);
}
