import { isSealError } from '$lib/server/seal/errors.ts';

/** A decision that can't be written down: a bug of ours, met by one person. */
export class Unwritable extends Error {}

/**
 * Whether an error was caused by what was being written, so that doing it again fails again: a value or constraint that
 * PostgreSQL refuses (classes 22, 23, 54 and P0), what can't be opened, or a bug of ours. Lost connections, deadlocks and a
 * full disk pass.
 */
export function isRowsFault(error: unknown): boolean {
	if (error instanceof Unwritable || error instanceof TypeError || error instanceof RangeError) return true;
	if (isSealError(error)) return true;
	return /^(22|23|54|P0)/.test((error as { code?: string }).code ?? '');
}
