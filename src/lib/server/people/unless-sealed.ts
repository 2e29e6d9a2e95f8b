import { isSealError } from '../seal/errors.ts';

/** What `open` gives, or undefined where it can't be opened: shredded, or changed by hand. Other errors come through. */
export function unlessSealed<T>(open: () => T): T | undefined {
	try {
		return open();
	} catch (error) {
		if (isSealError(error)) return undefined;
		throw error;
	}
}
