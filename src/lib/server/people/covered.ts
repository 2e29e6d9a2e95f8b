/** What is about people, on its way through the server. */
import { inspect } from 'node:util';

/** What stands for a value that is not shown. */
export const MASK = '••••';

const values = new WeakMap<Covered<unknown>, unknown>();

/**
 * A value about a person that says nothing by itself: as JSON, text, in a log, spread or inspected it is dots. Only what may
 * import `uncover` sees it (`.dependency-cruiser.cjs` says who); answers get it from `sight.ts`, as far as the asker may see.
 */
export class Covered<T> {
	/** Tells the compiler what is inside. */
	declare private readonly inside: T;

	constructor(value: T) {
		values.set(this, value);
	}

	toJSON(): string {
		return MASK;
	}

	toString(): string {
		return MASK;
	}

	[inspect.custom](): string {
		return MASK;
	}
}

/** What is inside. Not for what answers anybody. */
export function uncover<T>(covered: Covered<T>): T {
	return values.get(covered) as T;
}
