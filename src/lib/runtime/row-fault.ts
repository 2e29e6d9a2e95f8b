import { isSealError } from '$lib/server/seal/errors.ts';

/** A decision that can't be taken or written down: a bug of ours, or what can't be opened, met by one person. */
export class Unwritable extends Error {
	/** What stands beside whatever it sets aside. */
	readonly code: string | undefined;

	constructor(message: string, { code, cause }: { code?: string; cause?: unknown } = {}) {
		super(message, { cause });
		this.code = code;
	}
}

/** The codes of what can't be opened. */
export const PERSON_UNREADABLE = 'person-unreadable';
export const EVENT_UNREADABLE = 'event-unreadable';
export const ENTRY_UNREADABLE = 'entry-unreadable';

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
