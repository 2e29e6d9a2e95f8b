/** Refuses what JSON can say and PostgreSQL can't keep, before anything is written. */
import { ApiError } from '../api/errors.ts';
import { pointer } from '../http/pointer.ts';

/** Deeper than any event of ours, and far from where a walk would exhaust the stack. */
const MAX_DEPTH = 32;

/**
 * Throws `input.invalid` with the path of the first text (or name of a field) with U+0000 or half a surrogate pair, and of
 * the first value nested deeper than 32 levels.
 */
export function checkText(value: unknown): void {
	const open: { value: unknown; path: (string | number)[] }[] = [{ value, path: [] }];
	for (let next = open.pop(); next; next = open.pop()) {
		if (typeof next.value === 'string') checkString(next.value, next.path);
		if (typeof next.value !== 'object' || next.value === null) continue;
		if (next.path.length >= MAX_DEPTH)
			throw new ApiError('input.invalid', `This is nested deeper than ${MAX_DEPTH} levels.`, {
				path: pointer(next.path)
			});
		for (const [key, inner] of Object.entries(next.value)) {
			checkString(key, next.path);
			open.push({ value: inner, path: [...next.path, key] });
		}
	}
}

function checkString(text: string, path: readonly (string | number)[]): void {
	if (text.includes('\u0000')) refuse('It holds the character U+0000, which can’t be stored.', path);
	if (!text.isWellFormed()) refuse('It holds half of a surrogate pair, which is no text.', path);
}

function refuse(message: string, path: readonly (string | number)[]): never {
	throw new ApiError('input.invalid', message, { path: pointer(path) });
}
