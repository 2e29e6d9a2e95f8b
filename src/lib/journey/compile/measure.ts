import { LIMITS } from '../document.ts';
import { at, diagnose, type Diagnostic } from './diagnostic.ts';
import { unknownKey } from './issues.ts';

interface Place {
	value: unknown;
	depth: number;
	/** Where it was found; the path is only put together for a fault. */
	inside: Place | null;
	key: string | number;
}

function pathOf(place: Place): string {
	return place.inside ? at(pathOf(place.inside), place.key) : '';
}

/** Bytes of a JSON text of this string, but for its escapes. */
function bytesOf(text: string): number {
	let bytes = text.length + 2;
	for (let index = 0; index < text.length; index++) {
		const unit = text.charCodeAt(index);
		if (unit >= 0x80) bytes += unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
	}
	return bytes;
}

const TOO_DEEP = 'This is nested too deep. Split the condition into several steps.';
const TOO_LARGE = 'The journey is larger than 1 MiB. Split it into several journeys.';

/** The bytes of a value itself, without what it holds. */
function ownBytes(value: unknown): number {
	if (typeof value === 'string') return bytesOf(value);
	if (typeof value === 'object' && value !== null) return 2;
	return typeof value === 'number' || typeof value === 'boolean' ? String(value).length : 4;
}

/**
 * Whether something is JSON of a size and depth that the readers after this one may recurse into. Also stops on an
 * object that contains itself, for that one has no end.
 */
export function measure(input: unknown): Diagnostic | null {
	const todo: Place[] = [{ value: input, depth: 0, inside: null, key: '' }];
	let bytes = 0;
	for (let place = todo.pop(); place; place = todo.pop()) {
		const { value, depth } = place;
		if (depth > LIMITS.depth) return diagnose('format.limit', pathOf(place), TOO_DEEP);
		// Schemas pass over this key, and an object that is built with it is another than the one that was read.
		if (place.key === '__proto__') return unknownKey(pathOf(place.inside ?? place), place.key);
		bytes += ownBytes(value);
		if (typeof value === 'object' && value !== null) {
			for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
				bytes += typeof key === 'string' ? bytesOf(key) + 2 : 1;
				if (bytes > LIMITS.bytes) break;
				todo.push({ value: (value as Record<string, unknown>)[key], depth: depth + 1, inside: place, key });
			}
		}
		if (bytes > LIMITS.bytes) return diagnose('format.limit', '', TOO_LARGE);
	}
	return null;
}
