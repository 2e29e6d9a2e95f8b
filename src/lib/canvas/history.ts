/** Undo and redo as two stacks of documents. They share the steps that did not change, so a hundred cost little. */
import type { DraftDocument } from './document.ts';

const MAX_DEPTH = 100;
/** Edits of one field within this time are one step of undo. */
const MERGE_WITHIN_MS = 1500;

export interface History {
	past: readonly DraftDocument[];
	future: readonly DraftDocument[];
	/** What the newest edit was about, and when; a further one about the same joins it. */
	last: { about: string; at: number } | null;
}

export const emptyHistory: History = { past: [], future: [], last: null };

/** Remembers the document as it was before an edit. `about` names a field whose quick edits belong together. */
export function remember(history: History, before: DraftDocument, now: number, about?: string): History {
	const joins =
		about !== undefined && history.last?.about === about && now - history.last.at < MERGE_WITHIN_MS;
	return {
		past: joins ? history.past : [...history.past, before].slice(-MAX_DEPTH),
		future: [],
		last: about === undefined ? null : { about, at: now }
	};
}

export interface Step {
	history: History;
	document: DraftDocument;
}

/** Null when there is nothing to undo. */
export function undo(history: History, present: DraftDocument): Step | null {
	const document = history.past.at(-1);
	if (!document) return null;
	return {
		document,
		history: { past: history.past.slice(0, -1), future: [present, ...history.future], last: null }
	};
}

/** Null when there is nothing to redo. */
export function redo(history: History, present: DraftDocument): Step | null {
	const [document, ...rest] = history.future;
	if (!document) return null;
	return { document, history: { past: [...history.past, present], future: rest, last: null } };
}
